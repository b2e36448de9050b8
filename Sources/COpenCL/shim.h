// OpenCL 1.2: what old drivers, and Apple's, still speak. CLBlast brings the matrix products.
#define CL_TARGET_OPENCL_VERSION 120
#ifdef __APPLE__
#include <OpenCL/opencl.h>
#else
#include <CL/cl.h>
#endif
#include <clblast_c.h>
