"""`python -m infra.compiler`: compile an agency's settings, texts and templates."""

import sys

from infra.compiler.compile import main

sys.exit(main())
