//! What the API says is true: filters, who is owed, settings, imports, times.
