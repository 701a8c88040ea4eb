// The consumers' names, which the page shows above their columns.
export const consumerNames = ['WebGPU external texture', 'WebGPU texture copy', 'WebGL texture', '2D canvas'] as const;
export type ConsumerName = (typeof consumerNames)[number];
