//! Genuine events and resources of BigCommerce. They live outside the repository; GOODWORD_FIXTURES names the folder.
