# What ./start and ./test share: installing what is missing, and building. Meant to be sourced by bash.

fail() { echo "${0##*/}: $*" >&2; exit 1; }

# as_root COMMAND…: runs it as root, by sudo where this is another user.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "not root, and there is no sudo; run as root: $*"
  fi
}

# apt_install WHAT PACKAGE…: installs packages, saying so first.
apt_install() {
  local what=$1; shift
  command -v apt-get >/dev/null || fail "this needs $what, and apt-get, which would install it, is not here; install it by hand"
  echo "Installing $what by apt: $*"
  local log; log=$(mktemp)
  { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o Dpkg::Options::=--force-confold "$@"; } >"$log" 2>&1 \
    || { tail -n 20 "$log" >&2; rm -f "$log"; fail "apt could not install $*; the lines above say why"; }
  rm -f "$log"
}

has_postgres() {
  local directory
  for directory in /usr/lib/postgresql/*/bin; do [ -x "$directory/postgres" ] && [ -x "$directory/initdb" ] && return; done
  command -v postgres >/dev/null && command -v initdb >/dev/null
}

# Debian makes and starts a cluster of its own with the package unless told not to; nothing here would use it.
install_postgres() {
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    as_root mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  apt_install 'PostgreSQL' postgresql
}

has_library() { ldconfig -p 2>/dev/null | grep -q "$1" || /sbin/ldconfig -p 2>/dev/null | grep -q "$1"; }

install_server_packages() {
  has_postgres || install_postgres
  has_library libsodium.so.23 || apt_install 'libsodium' libsodium23
}

# The SDK of the major version in global.json, by its vendor's script into ~/.dotnet where there is none.
install_dotnet() {
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
  # The SDK's own commands stop without ICU unless told that they need none; nothing here depends on a language.
  has_library libicuuc.so || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
  has_dotnet && return
  if [ -x "$HOME/.dotnet/dotnet" ]; then use_own_dotnet; has_dotnet && return; fi
  local missing=()
  command -v curl >/dev/null || missing+=(curl)
  [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
  [ ${#missing[@]} = 0 ] || apt_install 'what the .NET installer needs' "${missing[@]}"
  echo "Installing the .NET SDK 10 in $HOME/.dotnet by Microsoft's script (https://dot.net/v1/dotnet-install.sh)"
  local script; script=$(mktemp)
  curl -fsSL https://dot.net/v1/dotnet-install.sh -o "$script" || fail "the .NET installer could not be downloaded; install the .NET SDK 10 by hand"
  bash "$script" --channel 10.0 --install-dir "$HOME/.dotnet" >"$script.log" 2>&1 \
    || { tail -n 20 "$script.log" >&2; fail "the .NET SDK could not be installed; the lines above say why"; }
  rm -f "$script" "$script.log"
  use_own_dotnet
  has_dotnet || fail "the .NET SDK 10 was installed in $HOME/.dotnet but does not run there"
}

has_dotnet() { command -v dotnet >/dev/null && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; }

use_own_dotnet() { export DOTNET_ROOT=$HOME/.dotnet PATH=$HOME/.dotnet:$PATH; }

# build_quietly PROJECT: a Release build that is heard of only when it fails.
build_quietly() {
  [ -x "$1/bin/Release/net10.0/ente-orleans" ] || echo "Building (the first time takes a minute or two)"
  local log; log=$(mktemp)
  dotnet build "$1" -c Release -v q -nologo -clp:NoSummary >"$log" 2>&1 \
    || { cat "$log" >&2; rm -f "$log"; fail "the build failed; the lines above say why"; }
  rm -f "$log"
}
