//! States, transitions, to-do lists, deadlines in working days, history.
