//! What people do through the API, once and as one would expect: grants, redemptions, ids in bodies, the audit.
