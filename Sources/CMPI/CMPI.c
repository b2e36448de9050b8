#include "CMPI.h"

#include <stdlib.h>
#include <string.h>

#if __has_include(<mpi.h>)
#include <mpi.h>
#else
#error "mpi.h is missing. `make test` installs it; or install the packages libmpich-dev and mpich. `lab` needs no MPI: swift build --product lab"
#endif

struct LCLMPITransfer {
  MPI_Request request;
};

int lclMPIStart(int *rank, int *rankCount) {
  int provided = 0;
  // MPI is called by one thread; the kernels' threads do not call it.
  int error = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  if (error != MPI_SUCCESS) return error;
  // An error is returned, so that the program can say which rank it was, and in which round.
  error = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (error == MPI_SUCCESS) error = MPI_Comm_rank(MPI_COMM_WORLD, rank);
  return error == MPI_SUCCESS ? MPI_Comm_size(MPI_COMM_WORLD, rankCount) : error;
}

static int keep(int error, MPI_Request request, LCLMPITransfer **transfer) {
  if (error != MPI_SUCCESS) return error;
  *transfer = malloc(sizeof **transfer);
  if (*transfer == NULL) return MPI_ERR_NO_MEM;
  (*transfer)->request = request;
  return MPI_SUCCESS;
}

int lclMPISend(const float *elements, int count, int rank, int tag, LCLMPITransfer **transfer) {
  MPI_Request request = MPI_REQUEST_NULL;
  int error = MPI_Isend(elements, count, MPI_FLOAT, rank, tag, MPI_COMM_WORLD, &request);
  return keep(error, request, transfer);
}

int lclMPIReceive(float *elements, int count, int rank, int tag, LCLMPITransfer **transfer) {
  MPI_Request request = MPI_REQUEST_NULL;
  int error = MPI_Irecv(elements, count, MPI_FLOAT, rank, tag, MPI_COMM_WORLD, &request);
  return keep(error, request, transfer);
}

int lclMPITest(LCLMPITransfer *transfer, int *isDone) {
  return MPI_Test(&transfer->request, isDone, MPI_STATUS_IGNORE);
}

void lclMPIFree(LCLMPITransfer *transfer) { free(transfer); }

int lclMPIFinish(void) { return MPI_Finalize(); }

void lclMPIAbort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

void lclMPIErrorText(int error, char *text, int capacity) {
  char words[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  if (MPI_Error_string(error, words, &length) != MPI_SUCCESS) length = 0;
  words[length < MPI_MAX_ERROR_STRING ? length : MPI_MAX_ERROR_STRING - 1] = 0;
  strncpy(text, words, (size_t)capacity - 1);
  text[capacity - 1] = 0;
}

void lclMPILibrary(char *text, int capacity) {
  char words[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  if (MPI_Get_library_version(words, &length) != MPI_SUCCESS) words[0] = 0;
  strncpy(text, words, (size_t)capacity - 1);
  text[capacity - 1] = 0;
}
