//! The API, by requests on real sockets.
