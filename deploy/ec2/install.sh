#!/bin/sh
# Installs Falcon Chat on this machine (Debian 12, Ubuntu 24.04 or newer) or brings it up to date, as root, from the
# unpacked program:
#
#   sh deploy/ec2/install.sh --endpoint my-falcon --region us-east-1 [--domain chat.example.com]
#
# The page listens on 127.0.0.1:8501; with a domain Caddy stands in front of it, with TLS. The options are needed the
# first time; later /etc/falcon-chat/environment holds, and it is yours to edit.
set -eu

fail() { echo "install.sh: $*" >&2; exit 1; }

endpoint="" region="" domain=""
while [ $# -gt 0 ]; do
    [ $# -gt 1 ] || fail "$1 has no value"
    case "$1" in
        --endpoint) endpoint="$2" ;;
        --region) region="$2" ;;
        --domain) domain="$2" ;;
        *) fail "unknown option $1" ;;
    esac
    shift 2
done
[ "$(id -u)" -eq 0 ] || fail "run it as root"

source=$(cd "$(dirname "$0")/../.." && pwd)
program=/opt/falcon-chat
environment=/etc/falcon-chat/environment
[ -f "$environment" ] || { [ -n "$endpoint" ] && [ -n "$region" ]; } || fail "name --endpoint and --region"

export DEBIAN_FRONTEND=noninteractive PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
had_caddy=$(command -v caddy || true)
packages=""
/usr/bin/python3 -c "import ensurepip" 2>/dev/null || packages="python3-venv"
[ -z "$domain" ] || [ -n "$had_caddy" ] || packages="$packages caddy"
if [ -n "$packages" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $packages
fi

if [ "$source" != "$program" ]; then
    mkdir -p "$program"
    # The old program goes, its installed packages stay.
    find "$program" -mindepth 1 -maxdepth 1 ! -name .venv -exec rm -rf {} +
    tar -C "$source" --exclude=./.git --exclude=./.venv -cf - . | tar -C "$program" --no-same-owner -xf -
fi
chmod -R go-w,a+rX "$program"
cd "$program"
# Not another in somebody's home, which the unit cannot see.
/usr/bin/python3 -I falcon/install.py requirements.txt
.venv/bin/python -m compileall -q falcon deploy streamlit_app.py

if [ ! -f "$environment" ]; then
    mkdir -p "$(dirname "$environment")"
    (
        umask 077
        {
            echo "FALCON_ENDPOINT=$endpoint"
            echo "FALCON_REGION=$region"
            [ -z "$domain" ] || echo "FALCON_ALLOWED_HOSTS=$domain"
        } > "$environment"
    )
fi
install -m 644 deploy/ec2/falcon-chat.service /etc/systemd/system/falcon-chat.service
systemctl daemon-reload
systemctl enable --quiet falcon-chat
systemctl restart falcon-chat

if [ -n "$domain" ]; then
    mkdir -p /etc/systemd/system/caddy.service.d
    printf '[Service]\nEnvironment=FALCON_DOMAIN=%s\n' "$domain" > /etc/systemd/system/caddy.service.d/falcon-chat.conf
    if [ -n "$had_caddy" ]; then
        install -m 644 deploy/ec2/Caddyfile /etc/caddy/falcon-chat.caddy
        echo "Caddy was here before: add 'import falcon-chat.caddy' to /etc/caddy/Caddyfile."
    else
        install -m 644 deploy/ec2/Caddyfile /etc/caddy/Caddyfile
    fi
    systemctl daemon-reload
    systemctl restart caddy
fi

for _ in $(seq 60); do
    if /usr/bin/python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=2)" 2>/dev/null; then
        echo "Falcon Chat answers at ${domain:+https://$domain and }http://127.0.0.1:8501"
        exit 0
    fi
    sleep 1
done
journalctl --no-pager --lines 20 --unit falcon-chat >&2
fail "Falcon Chat did not start"
