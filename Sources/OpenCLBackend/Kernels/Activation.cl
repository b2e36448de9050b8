// gelu(x) = x · sigmoid(argument), the tanh form: ½(1 + tanh u) is sigmoid(2u).
#define GELU_SLOPE 1.59576912f
#define GELU_CUBE 0.044715f

float sigmoid(float x) { return 1.0f / (1.0f + exp(-x)); }

/// y = gelu(x + bias), and gelu′(x + bias) if a derivative is given.
__kernel void gelu(
    __global const float *x, long xAt, __global const float *bias, long biasAt, __global float *y,
    long yAt, __global float *derivative, long derivativeAt, int width, int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  float v = x[xAt + i];
  if (bias) v += bias[biasAt + i % width];
  float square = v * v;
  float s = sigmoid(v * (GELU_SLOPE + GELU_SLOPE * GELU_CUBE * square));
  y[yAt + i] = v * s;
  if (derivative) {
    // gelu′ = s + x · s · (1 − s) · (argument)′
    float inner = GELU_SLOPE + 3.0f * GELU_SLOPE * GELU_CUBE * square;
    derivative[derivativeAt + i] = s + v * s * (1.0f - s) * inner;
  }
}

/// y = silu(gate) · up; each row of gateUp is [gate | up].
__kernel void swiGLU(
    __global const float *gateUp, long gateUpAt, __global float *y, long yAt, int width,
    int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  long gate = gateUpAt + (long)(i / width) * 2 * width + i % width;
  float v = gateUp[gate];
  y[yAt + i] = v * sigmoid(v) * gateUp[gate + width];
}

/// The gradient of swiGLU; dGateUp has the layout of gateUp.
__kernel void swiGLUBackward(
    __global const float *dy, long dyAt, __global const float *gateUp, long gateUpAt,
    __global float *dGateUp, long dGateUpAt, int width, int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  long gate = (long)(i / width) * 2 * width + i % width;
  float v = gateUp[gateUpAt + gate], up = gateUp[gateUpAt + gate + width], d = dy[dyAt + i];
  float s = sigmoid(v);
  dGateUp[dGateUpAt + gate] = d * up * s * (1.0f + v * (1.0f - s));
  dGateUp[dGateUpAt + gate + width] = d * v * s;
}
