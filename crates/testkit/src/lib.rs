//! Template databases, worlds, actors, builders generated from descriptions.
