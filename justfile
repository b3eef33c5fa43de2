set positional-arguments

# Lists these.
default:
    @just --list

# Everything that CI does
check:
    .ci/run

# All tests; words select some
test *words:
    scripts/test "$@"

# Build the fixture ports in jails
demo:
    scripts/demo

# Take what the tests said for what they should say (cargo install cargo-insta)
bless *words:
    cargo insta test --accept "$@"

# Types, lints and (FreeBSD) the link, for the BSDs
bsd:
    scripts/bsd-check --link

bench *words:
    cargo bench --locked "$@"

doc:
    cargo doc --locked --no-deps --document-private-items
