// A library between a program and its OpenCL driver. It makes one call fail after n successes, as a
// device that is lost or whose memory is full; or it changes what the program reads, as a device that
// computes wrongly. Loaded by LD_PRELOAD; see FaultyDevice.swift.
//
//   FAULT_CALL    the call that fails: clEnqueueNDRangeKernel, clEnqueueReadBuffer, …
//   FAULT_AFTER   the number of calls that succeed first
//   FAULT_STATUS  the status that it returns then
//   FAULT_FACTOR  every float that is read from the device is multiplied by this
//   FAULT_COUNTS  a file for the number of each call, written at exit
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KERNEL, READ, WRITE, CREATE, FINISH, CALL_COUNT };
static const char *names[CALL_COUNT] = {"clEnqueueNDRangeKernel", "clEnqueueReadBuffer",
                                        "clEnqueueWriteBuffer", "clCreateBuffer", "clFinish"};
static long counts[CALL_COUNT];

// The status of a call: CL_SUCCESS if it is passed on to the driver.
static cl_int fault(int call) {
  counts[call]++;
  const char *name = getenv("FAULT_CALL"), *after = getenv("FAULT_AFTER");
  const char *status = getenv("FAULT_STATUS");
  if (!name || !after || !status || strcmp(name, names[call])) return CL_SUCCESS;
  return counts[call] > atol(after) ? atoi(status) : CL_SUCCESS;
}

__attribute__((destructor)) static void writeCounts(void) {
  const char *path = getenv("FAULT_COUNTS");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  for (int call = 0; call < CALL_COUNT; call++) fprintf(file, "%s %ld\n", names[call], counts[call]);
  fclose(file);
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                              const size_t *offset, const size_t *global, const size_t *local,
                              cl_uint waitCount, const cl_event *wait, cl_event *event) {
  cl_int status = fault(KERNEL);
  if (status != CL_SUCCESS) return status;
  __typeof__(&clEnqueueNDRangeKernel) next = dlsym(RTLD_NEXT, names[KERNEL]);
  return next(queue, kernel, dimensions, offset, global, local, waitCount, wait, event);
}

cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset,
                           size_t size, void *target, cl_uint waitCount, const cl_event *wait,
                           cl_event *event) {
  cl_int status = fault(READ);
  if (status != CL_SUCCESS) return status;
  __typeof__(&clEnqueueReadBuffer) next = dlsym(RTLD_NEXT, names[READ]);
  const char *factor = getenv("FAULT_FACTOR");
  if (!factor) return next(queue, buffer, blocking, offset, size, target, waitCount, wait, event);
  status = next(queue, buffer, CL_TRUE, offset, size, target, waitCount, wait, event);
  if (status != CL_SUCCESS) return status;
  float *values = target, by = strtof(factor, NULL);
  for (size_t i = 0; i < size / sizeof(float); i++) values[i] *= by;
  return CL_SUCCESS;
}

cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset,
                            size_t size, const void *source, cl_uint waitCount,
                            const cl_event *wait, cl_event *event) {
  cl_int status = fault(WRITE);
  if (status != CL_SUCCESS) return status;
  __typeof__(&clEnqueueWriteBuffer) next = dlsym(RTLD_NEXT, names[WRITE]);
  return next(queue, buffer, blocking, offset, size, source, waitCount, wait, event);
}

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                      cl_int *answer) {
  cl_int status = fault(CREATE);
  if (status != CL_SUCCESS) {
    if (answer) *answer = status;
    return NULL;
  }
  __typeof__(&clCreateBuffer) next = dlsym(RTLD_NEXT, names[CREATE]);
  return next(context, flags, size, host, answer);
}

cl_int clFinish(cl_command_queue queue) {
  cl_int status = fault(FINISH);
  if (status != CL_SUCCESS) return status;
  __typeof__(&clFinish) next = dlsym(RTLD_NEXT, names[FINISH]);
  return next(queue);
}
