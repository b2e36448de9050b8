// swift-tools-version: 6.0
import PackageDescription

// The modules in layers, from the lowest floor up. A module imports only from floors below its own;
// Tests/LayoutTests checks it.

/// `make sanitize` and `make fuzz` set `LAB_CHECKED`: the kernels keep Swift's checks, and the C and
/// C++ parts check for undefined behavior. A sanitizer's own runtime reports it.
let isChecked = Context.environment["LAB_CHECKED"] == "1"

/// `make fuzz` sets `LAB_FUZZ` and builds the product `fuzz`. `lab` is then a library, because only
/// tests can link an executable.
let isFuzzed = Context.environment["LAB_FUZZ"] == "1"

/// Kernels are compiled for AVX2 and FMA on x86-64, without overflow checks: their callers have
/// already checked every shape. `lab` asks the processor before it runs any of them.
#if arch(x86_64)
  let instructionSets = ["-Xcc", "-mavx2", "-Xcc", "-mfma"]
#else
  let instructionSets: [String] = []
#endif
let kernelFlags: [SwiftSetting] = [
  .unsafeFlags(
    (isChecked ? [] : ["-Ounchecked"]) + instructionSets, .when(configuration: .release))
]

/// Modules that read, write and show, and compute little. The optimizer takes three quarters of the
/// time that they need to compile.
let plainFlags: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

/// `vptr` is left out: it needs a runtime that the other sanitizers do not contain.
let undefinedBehavior = ["-fsanitize=undefined", "-fno-sanitize=vptr", "-fno-sanitize-recover=all"]
let checkedC: [CSetting] = isChecked ? [.unsafeFlags(undefinedBehavior)] : []
let checkedCXX: [CXXSetting] = isChecked ? [.unsafeFlags(undefinedBehavior)] : []

/// Where `mpi.h` is. Debian's folder `mpi` is a link to that of the chosen MPI, MPICH or Open MPI, and
/// `libmpi` to its library. There is no pkg-config package that both have.
#if os(macOS)
  let mpiFolders = ["/opt/homebrew/include", "/usr/local/include"]
#elseif arch(arm64)
  let mpiFolders = ["/usr/include/aarch64-linux-gnu/mpi"]
#else
  let mpiFolders = ["/usr/include/x86_64-linux-gnu/mpi"]
#endif

/// OpenCL text, compiled by the device's driver when it is first used.
let kernelTexts =
  [
    "Reduction", "TileItems", "Product", "Rows", "Activation", "AdamW", "Bandwidth", "Dropout",
    "Elementwise", "HeadCopy", "Normalization", "NormalizationBackward", "Rotary", "Softmax",
    "Token",
  ].map { "Kernels/\($0).cl" }
  + [
    "AttentionTile", "ForwardAttention", "BackwardAttention", "DecodeAttention", "AttentionMap",
  ].map { "Attention/\($0).cl" }

/// The lessons, by folder. `Lessons/03-Positions` is the module `PositionsLesson`, with its tests in
/// `Tests/PositionsLessonTests`. All of them may use the same modules.
let lessons = [
  "01-WhyContext", "02-Cost", "03-Positions", "04-SparseMasks", "05-FlashTiling", "06-MultiQuery",
  "07-ConditionalComputation", "08-Recomputation", "09-MemoryAt100K", "10-HundredThousand",
]
let lessonNames = lessons.map { "\($0.drop { $0 != "-" }.dropFirst())Lesson" }
let lessonTargets: [Target] = zip(lessons, lessonNames).flatMap { folder, name -> [Target] in
  [
    .target(
      name: name,
      dependencies: [
        "Autograd", "Calculator", "Corpora", "LessonKit", "Plotting", "SmallTransformer",
        "TensorCore",
      ], path: "Lessons/\(folder)"),
    .testTarget(
      name: "\(name)Tests",
      dependencies: [
        .byName(name: name), "Autograd", "Calculator", "Corpora", "CPUBackend", "LessonKit",
        "SmallTransformer", "TensorCore", "TestSupport",
      ]),
  ]
}

let argumentParser: Target.Dependency =
  .product(name: "ArgumentParser", package: "swift-argument-parser")

let labDependencies: [Target.Dependency] =
  [
    "Autograd", "Bench", "Calculator", "Corpora", "CProcessor", "CPUBackend", "LessonKit",
    "ModelFiles", "OpenCLBackend", "Plotting", "PublishedModel", "SmallTransformer",
    "SystemSupport", "TensorCore", "TerminalImages", "Tokenizer", argumentParser,
  ] + lessonNames.map { .byName(name: $0) }

/// The fuzzer itself. Its runtime has a `main`, which calls the function in this target.
let fuzzTargets: [Target] =
  isFuzzed
  ? [.executableTarget(name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Fuzzer")]
  : []

let package = Package(
  name: "LongContextLab",
  platforms: [.macOS(.v14)],
  products: isFuzzed
    ? [.executable(name: "fuzz", targets: ["fuzz"])]
    : [
      .executable(name: "lab", targets: ["lab"]),
      .executable(name: "lab-rank", targets: ["lab-rank"]),
    ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // Floor 0: other people's libraries and system calls, each behind a C header.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "COpenCL", pkgConfig: "OpenCL",
      providers: [.apt(["ocl-icd-opencl-dev", "opencl-headers"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    // Only `lab-rank` links MPI: it would slow the start of `lab`.
    .target(
      name: "CMPI", cSettings: checkedC + [.unsafeFlags(mpiFolders.map { "-I\($0)" })],
      linkerSettings: [.linkedLibrary("mpi")]),
    .target(name: "CProcessor", cSettings: checkedC),
    .target(name: "CSystem", cSettings: checkedC),
    .target(
      name: "PlotBridge", cxxSettings: checkedCXX,
      linkerSettings: [.linkedLibrary("boost_iostreams")]),

    // Floor 1
    .target(name: "TensorCore", exclude: ["README.md"]),
    .target(name: "SystemSupport", dependencies: ["CSystem"], exclude: ["README.md"]),

    // Floor 2
    .target(
      name: "CPUBackend", dependencies: ["TensorCore", "COpenBLAS", "CProcessor"],
      exclude: ["README.md"], swiftSettings: kernelFlags),
    .target(
      name: "OpenCLBackend", dependencies: ["SystemSupport", "TensorCore", "COpenCL"],
      exclude: ["README.md"],
      resources: kernelTexts.map { .embedInCode($0) }),
    .target(
      name: "Plotting", dependencies: ["CPNG", "PlotBridge", "SystemSupport"],
      exclude: ["README.md"]),
    .target(name: "TerminalImages", dependencies: ["CPNG"], exclude: ["README.md"]),
    .target(
      name: "Corpora", dependencies: ["SystemSupport", "TensorCore"], exclude: ["README.md"]),
    .target(
      name: "Communication", dependencies: ["SystemSupport", "TensorCore"],
      exclude: ["README.md"]),
    .target(
      name: "ModelFiles", dependencies: ["SystemSupport", "TensorCore"], exclude: ["README.md"]),
    .target(name: "Tokenizer", dependencies: ["SystemSupport"], exclude: ["README.md"]),

    // Floor 3
    .target(name: "Autograd", dependencies: ["TensorCore"], exclude: ["README.md"]),
    .target(
      name: "Calculator", dependencies: ["ModelFiles", "SystemSupport"], exclude: ["README.md"],
      swiftSettings: plainFlags),
    .target(name: "MPITransport", dependencies: ["CMPI", "Communication"]),

    // Floor 4
    .target(
      name: "SmallTransformer",
      dependencies: ["Autograd", "Calculator", "ModelFiles", "SystemSupport", "TensorCore"],
      exclude: ["README.md"]),

    // Floor 5
    .target(
      name: "SequenceParallel",
      dependencies: ["Autograd", "Communication", "SmallTransformer", "TensorCore"],
      exclude: ["README.md"]),
    .target(
      name: "LessonKit",
      dependencies: [
        "Corpora", "ModelFiles", "Plotting", "SmallTransformer", "SystemSupport", "TensorCore",
      ],
      exclude: ["README.md"],
      resources: [.embedInCode("Pages/page.css"), .embedInCode("Pages/slides.css")],
      swiftSettings: plainFlags),

    .target(
      name: "PublishedModel",
      dependencies: ["ModelFiles", "SmallTransformer", "SystemSupport", "TensorCore", "Tokenizer"],
      exclude: ["README.md"]),

    // Floor 6: the speed table; the lessons are added from the table below.
    .target(
      name: "Bench",
      dependencies: ["LessonKit", "SmallTransformer", "SystemSupport", "TensorCore"],
      exclude: ["README.md"]),

    // Floor 7: the command line, the only place that picks a backend.
    isFuzzed
      ? .target(
        name: "lab", dependencies: labDependencies, exclude: ["README.md", "main.swift"])
      : .executableTarget(
        name: "lab", dependencies: labDependencies, exclude: ["README.md"],
        swiftSettings: plainFlags),

    // One of the processes that `mpiexec` starts. `lab` does not link MPI.
    .executableTarget(
      name: "lab-rank",
      dependencies: [
        "Communication", "CPUBackend", "CSystem", "MPITransport", "SequenceParallel",
        "TensorCore", argumentParser,
      ],
      exclude: ["README.md"], swiftSettings: plainFlags),

    // Tests
    .target(
      name: "TestSupport",
      dependencies: [
        "Autograd", "CPUBackend", "LessonKit", "SmallTransformer", "SystemSupport", "TensorCore",
      ], path: "Tests/TestSupport"),
    // What `make fuzz` runs on random bytes; FuzzTests runs it on the stored examples.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "Calculator", "Corpora", "lab", "LessonKit", "ModelFiles", "SmallTransformer",
        "TensorCore", "TerminalImages", "Tokenizer",
      ],
      path: "Tests/Fuzz/Targets"),
    .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets", "lab", "TestSupport"]),
    .testTarget(name: "LayoutTests", dependencies: ["SystemSupport", "TestSupport"]),
    .testTarget(name: "SystemSupportTests", dependencies: ["SystemSupport", "TestSupport"]),
    .testTarget(
      name: "TensorCoreTests",
      dependencies: ["Autograd", "CPUBackend", "SmallTransformer", "TensorCore", "TestSupport"]),
    .testTarget(
      name: "CPUBackendTests",
      dependencies: ["CPUBackend", "ModelFiles", "SmallTransformer", "TensorCore", "TestSupport"]),
    .testTarget(
      name: "OpenCLBackendTests",
      dependencies: [
        "OpenCLBackend", "Autograd", "CPUBackend", "lab", "LessonKit", "ModelFiles",
        "SmallTransformer", "TensorCore", "TestSupport",
      ]),
    .testTarget(name: "PlottingTests", dependencies: ["Plotting", "CPNG", "TestSupport"]),
    .testTarget(name: "TerminalImagesTests", dependencies: ["TerminalImages"]),
    .testTarget(name: "CorporaTests", dependencies: ["Corpora", "TensorCore", "TestSupport"]),
    .testTarget(
      name: "AutogradTests", dependencies: ["Autograd", "CPUBackend", "TensorCore", "TestSupport"]),
    .testTarget(
      name: "SmallTransformerTests",
      dependencies: [
        "Autograd", "Calculator", "CPUBackend", "ModelFiles", "SmallTransformer", "TensorCore",
        "TestSupport",
      ]),
    .testTarget(
      name: "CommunicationTests", dependencies: ["Communication", "CPUBackend", "TensorCore"]),
    .testTarget(
      name: "SequenceParallelTests",
      dependencies: [
        "Autograd", "Communication", "CPUBackend", "SequenceParallel", "SmallTransformer",
        "TensorCore", "TestSupport",
      ]),
    .testTarget(
      name: "LabRankTests",
      dependencies: [
        "Communication", "CPUBackend", "lab-rank", "SequenceParallel", "SystemSupport",
        "TensorCore", "TestSupport",
      ]),
    .testTarget(
      name: "LessonKitTests",
      dependencies: [
        "Corpora", "CPUBackend", "LessonKit", "ModelFiles", "Plotting", "SmallTransformer",
        "SystemSupport", "TensorCore", "TestSupport",
      ], swiftSettings: plainFlags),
    .testTarget(
      name: "BenchTests",
      dependencies: ["Bench", "CPUBackend", "SmallTransformer", "TensorCore", "TestSupport"]),
    .testTarget(
      name: "CalculatorTests", dependencies: ["Calculator", "ModelFiles"],
      swiftSettings: plainFlags),
    .testTarget(
      name: "ModelFilesTests",
      dependencies: ["ModelFiles", "SystemSupport", "TestSupport"]),
    .testTarget(
      name: "PublishedModelTests",
      dependencies: [
        "Autograd", "CPUBackend", "ModelFiles", "PublishedModel", "SmallTransformer", "TensorCore",
        "TestSupport", "Tokenizer",
      ]),
    .testTarget(name: "TokenizerTests", dependencies: ["Tokenizer", "ModelFiles", "TestSupport"]),
    .testTarget(
      name: "LabTests",
      dependencies: [
        "lab", "CPUBackend", "LessonKit", "OpenCLBackend", "SystemSupport", "TensorCore",
        "TestSupport",
      ],
      exclude: ["FaultyDevice.c", "FaultyDisk.c"], swiftSettings: plainFlags),
  ] + lessonTargets + fuzzTargets,
  swiftLanguageModes: [.v5],
  cxxLanguageStandard: .cxx17
)
