//! Excel and CSV in and out, templates, the import pipeline.
