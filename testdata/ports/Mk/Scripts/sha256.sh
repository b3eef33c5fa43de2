# sha256 FILE: its digest, by what Linux or a BSD has.
sha256() {
	if command -v sha256sum > /dev/null; then sha256sum < "$1" | cut -d' ' -f1; else command sha256 -q "$1"; fi
}
