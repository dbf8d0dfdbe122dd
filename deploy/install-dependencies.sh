#!/usr/bin/env bash
# Installs what building and running Dure needs on Debian and Ubuntu. Run it as often as you like:
# what is there already is left alone. It says what it installs and uses sudo when it is not root.
#
#   deploy/install-dependencies.sh            install what is missing
#   deploy/install-dependencies.sh --tests    also what only the tests need: Java, for a real Kafka, and Python
#   deploy/install-dependencies.sh --check    only say what is missing; exit status 1 if anything is
set -euo pipefail

readonly PACKAGES=(
  librdkafka-dev libopenblas-dev libpcre2-dev libmicrohttpd-dev libyaml-dev libssl-dev pkg-config
)
readonly SWIFT_MINIMUM=6.2
readonly SWIFT_VERSION=6.3.1
readonly SWIFT_HOME="${DURE_SWIFT_HOME:-$HOME/.local/share/swift}"

say() { printf '%s\n' "$*"; }
fail() { printf 'install-dependencies: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || fail "needs root to run '$*', and there is no sudo: run it as root"
  sudo "$@"
}

# Prints those of the named packages that are not installed.
missing() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || printf '%s\n' "$package"
  done
}

# Installs those of the named packages that are not there.
need() {
  local wanted
  mapfile -t wanted < <(missing "$@")
  [ "${#wanted[@]}" -eq 0 ] || install_packages "${wanted[@]}"
}

install_packages() {
  command -v apt-get >/dev/null \
    || fail "only Debian and Ubuntu are known to this script; install by hand: ${PACKAGES[*]}"
  say "installing $*"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Prints the version of the first swift on the path that is new enough; fails where there is none.
swift_version() {
  local version
  command -v swift >/dev/null || return 1
  version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+(\.[0-9]+)+' | head -n 1 | cut -d' ' -f3)
  [ -n "$version" ] || return 1
  [ "$(printf '%s\n%s\n' "$SWIFT_MINIMUM" "$version" | sort -V | head -n 1)" = "$SWIFT_MINIMUM" ] || return 1
  printf '%s\n' "$version"
}

# Where swift.org keeps the release for this system, as "<directory> <platform>".
swift_platform() {
  local suffix=
  case "$(uname -m)" in
    x86_64) ;;
    aarch64) suffix=-aarch64 ;;
    *) return 1 ;;
  esac
  # shellcheck disable=SC1091
  . /etc/os-release
  case "$ID-$VERSION_ID" in
    debian-12*) printf 'debian12%s debian12%s\n' "$suffix" "$suffix" ;;
    ubuntu-22.04 | ubuntu-24.04) printf 'ubuntu%s%s ubuntu%s%s\n' "${VERSION_ID/./}" "$suffix" "$VERSION_ID" "$suffix" ;;
    *) return 1 ;;
  esac
}

install_swift() {
  local directory platform name url work
  local advice="install Swift $SWIFT_MINIMUM or newer from https://www.swift.org/install and run this again"
  read -r directory platform < <(swift_platform) || fail "swift.org has no release for this system: $advice"
  name="swift-$SWIFT_VERSION-RELEASE"
  url="https://download.swift.org/swift-$SWIFT_VERSION-release/$directory/$name/$name-$platform.tar.gz"
  say "installing Swift $SWIFT_VERSION from swift.org to $SWIFT_HOME"
  need curl gnupg ca-certificates binutils libc6-dev libstdc++-12-dev libgcc-12-dev \
    libcurl4-openssl-dev libxml2-dev libncurses-dev libsqlite3-dev zlib1g-dev tzdata git
  work=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  curl -fsSL --retry 3 -o "$work/swift.tar.gz" "$url" && curl -fsSL --retry 3 -o "$work/swift.tar.gz.sig" "$url.sig" \
    || fail "cannot download $url: $advice"
  curl -fsSL --retry 3 https://www.swift.org/keys/all-keys.asc | gpg --homedir "$work" --quiet --import \
    || fail "cannot fetch swift.org's signing keys: $advice"
  gpg --homedir "$work" --quiet --verify "$work/swift.tar.gz.sig" "$work/swift.tar.gz" 2>/dev/null \
    || fail "the signature of $url is not by swift.org's keys: nothing was installed"
  mkdir -p "$SWIFT_HOME"
  tar -xzf "$work/swift.tar.gz" -C "$SWIFT_HOME" --strip-components=1
  say "add it to your path:  export PATH=\"$SWIFT_HOME/usr/bin:\$PATH\""
}

main() {
  export PATH="$PATH:/opt/swift/usr/bin:$SWIFT_HOME/usr/bin"
  local absent
  case "${1:-}" in
    --check)
      mapfile -t absent < <(missing "${PACKAGES[@]}")
      swift_version >/dev/null || absent+=("Swift $SWIFT_MINIMUM or newer")
      [ "${#absent[@]}" -eq 0 ] || fail "missing: ${absent[*]}"
      ;;
    "" | --tests)
      need "${PACKAGES[@]}"
      if [ "${1:-}" = --tests ]; then
        command -v java >/dev/null || need openjdk-17-jre-headless
        python3 -c 'import ensurepip' 2>/dev/null || need python3-venv
      fi
      swift_version >/dev/null || install_swift
      say "dependencies: Swift $(swift_version) and ${#PACKAGES[@]} libraries are there"
      ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0" ;;
    *) fail "unknown option $1 (try --help)" ;;
  esac
}

main "$@"
