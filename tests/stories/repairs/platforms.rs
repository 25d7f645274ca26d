//! What Shopify, WooCommerce and BigCommerce really send and take.
