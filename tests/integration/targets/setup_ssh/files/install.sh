#!/bin/sh
# Installs OpenSSH's server. Its service is not started: a policy-rc.d of ours forbids it, where none is there already.
set -eu

# Another process may be installing.
exec 9> /run/lock/greyops-rest-install
flock 9

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
install="apt-get install --yes --quiet --no-install-recommends openssh-server"
$install || { apt-get update --quiet && $install; }
