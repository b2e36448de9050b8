// swift-tools-version: 6.0
import PackageDescription

// The floors of the house, from the ground up. A module imports only from floors below its own;
// Tests/HouseTests holds that.

/// Kernels are compiled for AVX2 and FMA on x86-64, without overflow checks: their callers have
/// already checked every shape. `lab` asks the processor before it runs any of them.
#if arch(x86_64)
  let kernelFlags: [SwiftSetting] = [
    .unsafeFlags(
      ["-Ounchecked", "-Xcc", "-mavx2", "-Xcc", "-mfma"], .when(configuration: .release))
  ]
#else
  let kernelFlags: [SwiftSetting] = [
    .unsafeFlags(["-Ounchecked"], .when(configuration: .release))
  ]
#endif

/// OpenCL text, compiled by the device's driver when it is first used.
let kernelTexts =
  [
    "Rows", "Activation", "AdamW", "Bandwidth", "Dropout", "Elementwise", "HeadCopy",
    "Normalization", "NormalizationBackward", "Rotary", "Softmax", "Token",
  ].map { "Kernels/\($0).cl" }
  + [
    "AttentionTile", "ForwardAttention", "BackwardAttention", "DecodeAttention", "AttentionMap",
  ].map { "Attention/\($0).cl" }

let argumentParser: Target.Dependency =
  .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "LongContextLab",
  platforms: [.macOS(.v14)],
  products: [.executable(name: "lab", targets: ["lab"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // Floor 0: the outside world, each part behind a C face.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "COpenCL", pkgConfig: "OpenCL",
      providers: [.apt(["ocl-icd-opencl-dev", "opencl-headers", "libclblast-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(name: "CProcessor"),
    .target(
      name: "PlotBridge",
      linkerSettings: [
        .linkedLibrary("boost_iostreams"), .linkedLibrary("boost_filesystem"),
        .linkedLibrary("boost_system"),
      ]),

    // Floor 1
    .target(name: "TensorCore"),

    // Floor 2
    .target(
      name: "CPUBackend", dependencies: ["TensorCore", "COpenBLAS", "CProcessor"],
      exclude: ["README.md"], swiftSettings: kernelFlags),
    .target(
      name: "OpenCLBackend", dependencies: ["TensorCore", "COpenCL"], exclude: ["README.md"],
      resources: kernelTexts.map { .embedInCode($0) }),
    .target(name: "Plotting", dependencies: ["CPNG", "PlotBridge"]),
    .target(name: "TerminalImages", dependencies: ["CPNG"]),
    .target(name: "Calculator", exclude: ["README.md"]),
    .target(name: "Corpora", dependencies: ["TensorCore"]),

    // Floor 3
    .target(name: "Autograd", dependencies: ["TensorCore"]),

    // Floor 4
    .target(
      name: "SmallTransformer", dependencies: ["Autograd", "Calculator", "Corpora", "TensorCore"]),

    // Floor 5
    .target(
      name: "LessonKit",
      dependencies: ["Autograd", "Corpora", "Plotting", "SmallTransformer", "TensorCore"],
      exclude: ["README.md"]),

    // Floor 6: the speed table, and one module per lesson.
    .target(name: "Bench", dependencies: ["SmallTransformer", "TensorCore"]),
    .target(
      name: "WhyContextLesson",
      dependencies: [
        "Autograd", "Corpora", "LessonKit", "Plotting", "SmallTransformer", "TensorCore",
      ],
      path: "Lessons/01-WhyContext"),
    .target(
      name: "CostLesson",
      dependencies: [
        "Autograd", "Calculator", "Corpora", "LessonKit", "Plotting", "SmallTransformer",
        "TensorCore",
      ],
      path: "Lessons/02-Cost"),
    .target(
      name: "PositionsLesson",
      dependencies: [
        "Autograd", "Corpora", "LessonKit", "Plotting", "SmallTransformer", "TensorCore",
      ],
      path: "Lessons/03-Positions"),
    .target(
      name: "SparseMasksLesson",
      dependencies: [
        "Autograd", "Corpora", "LessonKit", "Plotting", "SmallTransformer", "TensorCore",
      ],
      path: "Lessons/04-SparseMasks"),
    .target(
      name: "FlashTilingLesson",
      dependencies: [
        "Autograd", "Corpora", "LessonKit", "Plotting", "SmallTransformer", "TensorCore",
      ],
      path: "Lessons/05-FlashTiling"),
    .target(
      name: "MultiQueryLesson",
      dependencies: [
        "Autograd", "Calculator", "Corpora", "LessonKit", "Plotting", "SmallTransformer",
        "TensorCore",
      ],
      path: "Lessons/06-MultiQuery"),
    .target(
      name: "ConditionalComputationLesson",
      dependencies: [
        "Autograd", "Corpora", "LessonKit", "Plotting", "SmallTransformer", "TensorCore",
      ],
      path: "Lessons/07-ConditionalComputation"),
    .target(
      name: "RecomputationLesson",
      dependencies: [
        "Autograd", "Calculator", "Corpora", "LessonKit", "Plotting", "SmallTransformer",
        "TensorCore",
      ],
      path: "Lessons/08-Recomputation"),

    .target(
      name: "MemoryAt100KLesson",
      dependencies: [
        "Autograd", "Calculator", "LessonKit", "Plotting", "SmallTransformer", "TensorCore",
      ],
      path: "Lessons/09-MemoryAt100K"),
    .target(
      name: "HundredThousandLesson",
      dependencies: [
        "Autograd", "Calculator", "Corpora", "LessonKit", "Plotting", "SmallTransformer",
        "TensorCore",
      ],
      path: "Lessons/10-HundredThousand"),

    // Floor 7: the command line, the only place that picks a backend.
    .executableTarget(
      name: "lab",
      dependencies: [
        "Autograd", "Bench", "Calculator", "ConditionalComputationLesson", "CostLesson",
        "CProcessor", "CPUBackend", "FlashTilingLesson", "HundredThousandLesson", "LessonKit",
        "MemoryAt100KLesson", "MultiQueryLesson", "OpenCLBackend", "PositionsLesson",
        "RecomputationLesson", "SmallTransformer", "SparseMasksLesson", "TensorCore",
        "TerminalImages",
        "WhyContextLesson", argumentParser,
      ]),

    // Tests
    .target(name: "TestSupport", dependencies: ["TensorCore"], path: "Tests/TestSupport"),
    .testTarget(name: "HouseTests"),
    .testTarget(
      name: "TensorCoreTests",
      dependencies: ["TensorCore", "CPUBackend", "SmallTransformer", "TestSupport"]),
    .testTarget(
      name: "CPUBackendTests", dependencies: ["CPUBackend", "SmallTransformer", "TestSupport"]),
    .testTarget(
      name: "OpenCLBackendTests",
      dependencies: [
        "OpenCLBackend", "Autograd", "CPUBackend", "lab", "LessonKit", "SmallTransformer",
        "TestSupport",
      ]),
    .testTarget(name: "PlottingTests", dependencies: ["Plotting", "CPNG"]),
    .testTarget(name: "TerminalImagesTests", dependencies: ["TerminalImages"]),
    .testTarget(name: "CorporaTests", dependencies: ["Corpora", "TensorCore", "TestSupport"]),
    .testTarget(name: "AutogradTests", dependencies: ["Autograd", "CPUBackend", "TestSupport"]),
    .testTarget(
      name: "SmallTransformerTests",
      dependencies: ["Calculator", "SmallTransformer", "CPUBackend", "TestSupport"]),
    .testTarget(
      name: "LessonKitTests",
      dependencies: ["CPUBackend", "LessonKit", "Plotting", "TensorCore", "TestSupport"]),
    .testTarget(
      name: "PositionsLessonTests", dependencies: ["PositionsLesson", "CPUBackend", "TestSupport"]),
    .testTarget(name: "BenchTests", dependencies: ["Bench", "CPUBackend", "SmallTransformer"]),
    .testTarget(
      name: "RecomputationLessonTests",
      dependencies: ["RecomputationLesson", "CPUBackend", "LessonKit", "SmallTransformer"]),
    .testTarget(
      name: "FlashTilingLessonTests",
      dependencies: ["FlashTilingLesson", "CPUBackend", "LessonKit", "TestSupport"]),
    .testTarget(
      name: "SparseMasksLessonTests",
      dependencies: ["SparseMasksLesson", "CPUBackend", "TestSupport"]),
    .testTarget(
      name: "WhyContextLessonTests",
      dependencies: ["WhyContextLesson", "CPUBackend", "LessonKit", "TestSupport"]),
    .testTarget(
      name: "CostLessonTests", dependencies: ["CostLesson", "CPUBackend", "LessonKit"]),
    .testTarget(name: "CalculatorTests", dependencies: ["Calculator"]),
    .testTarget(
      name: "HundredThousandLessonTests",
      dependencies: ["CPUBackend", "HundredThousandLesson", "LessonKit"]),
    .testTarget(
      name: "MemoryAt100KLessonTests",
      dependencies: ["CPUBackend", "LessonKit", "MemoryAt100KLesson"]),
    .testTarget(
      name: "MultiQueryLessonTests",
      dependencies: [
        "MultiQueryLesson", "CPUBackend", "LessonKit", "SmallTransformer", "TestSupport",
      ]),
    .testTarget(
      name: "ConditionalComputationLessonTests",
      dependencies: [
        "ConditionalComputationLesson", "Autograd", "Corpora", "CPUBackend", "LessonKit",
        "SmallTransformer", "TestSupport",
      ]),
    .testTarget(
      name: "LabTests",
      dependencies: ["lab", "CPUBackend", "LessonKit", "OpenCLBackend", "TestSupport"],
      exclude: ["FaultyDevice.c"]),
  ],
  swiftLanguageModes: [.v5],
  cxxLanguageStandard: .cxx17
)
