"""One truth for several services: how soon every process that shares a store says the same."""
