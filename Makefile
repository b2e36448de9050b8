# make lessons   install what is missing, build, run every lesson at standard scale
# make test      install what is missing, build, run all tests
# make ranks     install an MPI if there is none, build lab-rank
# make sanitize  build with sanitizers and run the tests of the engine, the backends and the readers
# make fuzz      give random bytes to every reader of files and command lines
# make gpu-bundle  pack lab with its libraries, for machines without Swift
# Everything else is in `lab`: see .build/release/lab --help.

PACKAGES := pkg-config libopenblas-dev libpng-dev libgnuplot-iostream-dev libboost-iostreams-dev \
  gnuplot-nox fonts-dejavu-core bible-kjv \
  ocl-icd-opencl-dev opencl-headers
# `lab-rank` and `mpiexec`, which starts it: `lab` needs neither.
MPI_PACKAGES := mpich libmpich-dev
# For the tests only: a browser for the pages (and axe-core, which pip downloads), `script` and tmux
# to run commands at a terminal, and an OpenCL device on the CPU, so that the GPU code runs on any machine.
TEST_PACKAGES := $(MPI_PACKAGES) chromium python3 python3-pip bsdutils tmux pocl-opencl-icd
FORMULAE := pkg-config openblas libpng gnuplot boost mpich

LAB := .build/release/lab

.PHONY: lessons test setup build ranks sanitize fuzz gpu-bundle clean

lessons: build
	$(LAB) run all --gallery Figures

test: PACKAGES += $(TEST_PACKAGES)
test: setup
	swift format lint --strict --recursive --configuration .swift-format \
	  Sources Lessons Exercises Tests Package.swift
	python3 Tests/Pages/fetch_axe.py
	swift build -c release --product lab
	$(LAB) model >/dev/null || [ -z "$(filter true 1,$(CI))" ]
	swift test -c release

build: setup
	swift build -c release --product lab

# One of the processes that mpiexec starts, for attention over several machines.
ranks: PACKAGES += $(MPI_PACKAGES)
ranks: setup
	swift build -c release --product lab-rank

# Two builds beside the ordinary one, each with a sanitizer and with Swift's checks in the kernels
# (LAB_CHECKED in Package.swift). Both also check C and C++ for undefined behavior. A finding ends
# the tests. Leaks are not reported: libraries keep memory until the program ends. PoCL's compiler
# sets signal stacks that the address sanitizer would take for its own. A program with a sanitizer has
# not the speed that MachinePeakTests compares. Other tests have limits of time: they run one by one.
SANITIZED := ^(Autograd|Bench|Calculator|Communication|Corpora|CPUBackend|Fuzz|LessonKit|ModelFiles|OpenCLBackend|Plotting|PublishedModel|SequenceParallel|SmallTransformer|SystemSupport|TensorCore|TerminalImages|Tokenizer)Tests
THREADED := ^((Autograd|Communication|CPUBackend|SequenceParallel|SmallTransformer|SystemSupport|TensorCore)Tests|LessonKitTests\.(BesideProcessor|ModelCache|Reuse|Runner|Stepping|Terminal)Tests)
sanitize: export LAB_CHECKED := 1
sanitize: export SWIFT_BACKTRACE := enable=no
sanitize: export ASAN_OPTIONS := detect_leaks=0:use_sigaltstack=0:allocator_may_return_null=1
sanitize: export TSAN_OPTIONS := halt_on_error=1:allocator_may_return_null=1:suppressions=$(CURDIR)/Tests/tsan-suppressions.txt
sanitize: PACKAGES += $(TEST_PACKAGES)
sanitize: setup
	swift build -c release --build-tests --sanitize=address --scratch-path .build-asan
	swift test -c release --sanitize=address --scratch-path .build-asan --skip-build --no-parallel \
	  --filter '$(SANITIZED)' --skip MachinePeakTests
	swift build -c release --build-tests --sanitize=thread --scratch-path .build-tsan
	swift test -c release --sanitize=thread --scratch-path .build-tsan --skip-build --no-parallel \
	  --filter '$(THREADED)' --skip MachinePeakTests

# libFuzzer with the address sanitizer, one reader after another. What a run finds is kept in
# .build-fuzz/found/TARGET; put it into Tests/Fuzz/Seeds/TARGET, where FuzzTests runs it.
FUZZ_RUNS := 1000000
FUZZ_TARGETS := $(notdir $(wildcard Tests/Fuzz/Seeds/*))
fuzz: export LAB_CHECKED := 1
fuzz: export LAB_FUZZ := 1
fuzz: export SWIFT_BACKTRACE := enable=no
fuzz: setup
	swift build -c release --product fuzz --scratch-path .build-fuzz \
	  -Xswiftc -sanitize=fuzzer,address
	@for target in $(FUZZ_TARGETS); do \
	  echo "== $$target"; \
	  mkdir -p .build-fuzz/corpus/$$target .build-fuzz/found/$$target; \
	  ASAN_OPTIONS=detect_leaks=0 .build-fuzz/release/fuzz $$target -runs=$(FUZZ_RUNS) \
	    -max_len=$$(case $$target in memory) echo 512;; terminal) echo 256;; *) echo 4096;; esac) \
	    -timeout=10 -rss_limit_mb=3000 -print_final_stats=1 -verbosity=0 \
	    -artifact_prefix=.build-fuzz/found/$$target/ \
	    .build-fuzz/corpus/$$target Tests/Fuzz/Seeds/$$target || exit 1; \
	done

# Swift is linked in; the shared libraries are beside the program. The GPU's driver is that of the
# target machine (libOpenCL finds it through /etc/OpenCL/vendors).
BUNDLE := .build-bundle/lab-gpu
gpu-bundle: setup
	swift build -c release --product lab --static-swift-stdlib --scratch-path .build-bundle \
	  -Xlinker --disable-new-dtags -Xlinker -rpath -Xlinker '$$ORIGIN/lib'
	rm -rf $(BUNDLE) && mkdir -p $(BUNDLE)/lib
	cp .build-bundle/release/lab $(BUNDLE)/
	cp Tests/Peers/gpu_check.py $(BUNDLE)/
	ldd .build-bundle/release/lab | awk '$$3 ~ /^\// {print $$3}' | \
	  grep -Ev '/(libc|libm|libdl|libpthread|librt|ld-linux[^/]*)\.so' | \
	  xargs -I{} cp -L {} $(BUNDLE)/lib/
	env -i $(BUNDLE)/lab --version
	env -i PATH=/usr/bin:/bin HOME=/tmp $(BUNDLE)/lab run cost --scale smoke --quiet --output $(BUNDLE)-run
	rm -rf $(BUNDLE)-run
	tar -C .build-bundle -czf .build-bundle/lab-gpu.tar.gz lab-gpu
	@echo "Unpack .build-bundle/lab-gpu.tar.gz anywhere, and run lab-gpu/lab doctor."

# Installs what is missing, in one line of output. The user has to install Swift.
setup:
	@command -v swift >/dev/null || { echo "'swift' is not on the PATH. Install Swift 6 or newer \
	from https://www.swift.org/install, or add the folder of yours to PATH."; exit 1; }
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

# Keeps the runs, the exports and the progress of exercises.
clean:
	swift package clean
	rm -rf .lab/cache .lab/exercises
