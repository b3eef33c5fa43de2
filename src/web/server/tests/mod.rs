//! The API, by requests on real sockets, with builds that are no builds.

mod bench;
mod builds;
mod live;
mod openapi;
mod strangers;
