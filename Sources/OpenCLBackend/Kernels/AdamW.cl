/// One step of AdamW; one work-item per weight. The constants of the step come from the host:
/// `rate` is lr / (1 − β₁ᵗ), `root` is 1 / √(1 − β₂ᵗ) and `keep` is 1 − lr · decay.
__kernel void adamW(
    __global float *weight, long weightAt, __global const float *gradient, long gradientAt,
    __global float *first, long firstAt, __global float *second, long secondAt, float beta1,
    float beta2, float epsilon, float gradientScale, float rate, float root, float keep,
    int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  float d = gradient[gradientAt + i] * gradientScale;
  float m = first[firstAt + i] * beta1 + d * (1.0f - beta1);
  float v = second[secondAt + i] * beta2 + d * d * (1.0f - beta2);
  first[firstAt + i] = m;
  second[secondAt + i] = v;
  weight[weightAt + i] = weight[weightAt + i] * keep - m * rate / (sqrt(v) * root + epsilon);
}
