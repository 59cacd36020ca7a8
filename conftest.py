"""Lets plain pytest run from a checkout at any path, though Ansible finds collections only below ansible_collections.

ansible-test loads this file as well, in environments that know nothing of ansible.plugins and with the collection
already in place; there it does nothing.
"""

from __future__ import annotations

import os
import pathlib
import tempfile

CHECKOUT = pathlib.Path(__file__).resolve().parent
COLLECTION = pathlib.Path("ansible_collections", "greyops", "rest")


def _show_to_ansible(tree: pathlib.Path) -> None:
    # The variable is read when ansible is first imported, and by the commands that tests start.
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(tree)

    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(tree)])


if "ANSIBLE_TEST_PYTHON_VERSION" in os.environ:
    pass
elif CHECKOUT.parts[-3:] == COLLECTION.parts:
    _show_to_ansible(CHECKOUT.parents[2])
else:
    _directory = tempfile.TemporaryDirectory(prefix="greyops-rest-")  # goes away with this module
    _link = pathlib.Path(_directory.name) / COLLECTION
    _link.parent.mkdir(parents=True)
    _link.symlink_to(CHECKOUT, target_is_directory=True)
    _show_to_ansible(pathlib.Path(_directory.name))
