"""Pages with made-up people: `make pictures` photographs them, `make lighthouse` scores them."""
