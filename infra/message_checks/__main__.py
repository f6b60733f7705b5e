"""`python -m infra.message_checks`: check every text, email and letter."""

import sys

from infra.message_checks.messages import main

sys.exit(main())
