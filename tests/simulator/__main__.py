# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the simulator: ``python tests/simulator`` from anywhere, or ``python -m simulator`` from ``tests``."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

if __package__:
    from .core.server import main

    main()
else:
    # Python put this directory on the path; the package is found from its parent.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    runpy.run_module("simulator", run_name="__main__")
