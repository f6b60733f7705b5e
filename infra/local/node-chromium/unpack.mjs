// Unpack the Chromium of this package, with the libraries and fonts that it needs, into $TMPDIR.
import { inflate } from "@sparticuz/chromium";

const bin = new URL("../bin/", import.meta.resolve("@sparticuz/chromium"));
for (const name of ["chromium.br", "al2023.tar.br", "swiftshader.tar.br", "fonts.tar.br"]) {
  await inflate(new URL(name, bin).pathname);
}
