//! Attachments over object_store: types, sizes, checksums, download.
