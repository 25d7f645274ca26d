//! What a real WooCommerce did.
