//! The synthetic province: invented households with planted truths, and the files outsiders would deliver.
