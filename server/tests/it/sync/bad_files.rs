//! Files as they come: wrong, doubled, moved, lost digits. Each gets its sentence and nothing is lost.
