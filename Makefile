# make lessons   install what is missing, build, run every lesson at standard scale
# make test      install what is missing, build, run all tests
# The real work is in `lab` (.build/release/lab --help).

PACKAGES := pkg-config libopenblas-dev libpng-dev libgnuplot-iostream-dev libboost-iostreams-dev \
  libboost-filesystem-dev libboost-system-dev gnuplot-nox fonts-dejavu-core bible-kjv jargon-text
# For the tests only: pages are opened in a browser, and some commands at a terminal.
TEST_PACKAGES := chromium python3 bsdutils
FORMULAE := pkg-config openblas libpng gnuplot boost

LAB := .build/release/lab

.PHONY: lessons test setup build clean

lessons: build
	$(LAB) run all --gallery Figures

test: PACKAGES += $(TEST_PACKAGES)
test: setup
	swift format lint --strict --recursive --configuration .swift-format \
	  Sources Lessons Exercises Tests Package.swift
	swift test -c release

build: setup
	swift build -c release --product lab

# Installs only what is missing, and says so in one line.
setup:
ifeq ($(shell uname),Darwin)
	@missing=; for f in $(FORMULAE); do brew list $$f >/dev/null 2>&1 || missing="$$missing $$f"; done; \
	if [ -n "$$missing" ]; then echo "Installing with Homebrew:$$missing"; brew install $$missing; fi
else
	@missing=; for p in $(PACKAGES); do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  echo "Installing with apt-get:$$missing"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
endif

clean:
	swift package clean
	rm -rf .lab
