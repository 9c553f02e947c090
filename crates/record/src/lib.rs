//! The rows of any dataset: list, get, create, patch, delete, history, children.
