//! Sign-in, second factor, lockout, sessions, posts and roles, policy matrix.
