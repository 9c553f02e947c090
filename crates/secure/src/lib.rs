//! Keys, SM4 field encryption, HMAC-SM3 tokens, SM2 signatures, masks, watermarks. Knows no table.
