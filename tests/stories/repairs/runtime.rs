//! Functions under Lambda's own runtime.
