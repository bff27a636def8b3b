enum OpenSSLKitPlaceholder {}
