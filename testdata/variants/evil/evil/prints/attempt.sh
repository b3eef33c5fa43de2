yes 'and so on and so forth' | head -c 10000000000
