#pragma once

// The part of MPI that this package uses, without MPI's own header. The constants of MPICH and Open
// MPI are macros that Swift cannot import, and their types differ; both stay inside of CMPI.c.
//
// Functions return 0, or an error for `lclMPIErrorText`. All of them are called from one thread.

/// A started send or receive.
typedef struct LCLMPITransfer LCLMPITransfer;

/// Starts MPI and returns this process's rank and the number of ranks.
int lclMPIStart(int *rank, int *rankCount);

/// Starts to send or to receive `count` floats, which must stay where they are until the transfer is
/// done.
int lclMPISend(const float *elements, int count, int rank, int tag, LCLMPITransfer **transfer);
int lclMPIReceive(float *elements, int count, int rank, int tag, LCLMPITransfer **transfer);

/// Whether a transfer is done. It also moves other transfers on. A transfer that is done is not
/// tested again.
int lclMPITest(LCLMPITransfer *transfer, int *isDone);

/// Frees a transfer that is done, or that failed; null is allowed.
void lclMPIFree(LCLMPITransfer *transfer);

/// Waits until every rank is here, and ends MPI.
int lclMPIFinish(void);

/// Ends all ranks; `mpiexec` returns the status.
void lclMPIAbort(int status);

/// The words of an error, at most `capacity` bytes with the final 0.
void lclMPIErrorText(int error, char *text, int capacity);

/// The name and version of the MPI library.
void lclMPILibrary(char *text, int capacity);
