//! Extractors, problem responses, OpenAPI, the generic endpoints.
