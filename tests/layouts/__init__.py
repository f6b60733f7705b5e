"""How well `aviso feed map` reads unknown records systems: `make bench ONLY=layouts`."""
