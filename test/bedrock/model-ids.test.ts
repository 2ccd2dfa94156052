import { describe, expect, it } from 'vitest';
import { geographiesOf } from '../../src/bedrock/model-ids.ts';

describe('the geographies whose profiles a region can call', () => {
  it.each([
    ['us-east-1', ['us', 'global']],
    ['us-gov-west-1', ['us-gov']],
    ['ca-central-1', ['ca', 'us', 'global']],
    ['eu-central-2', ['eu', 'global']],
    ['ap-northeast-1', ['jp', 'apac', 'global']],
    ['ap-northeast-2', ['apac', 'global']],
    ['ap-southeast-2', ['au', 'apac', 'global']],
    ['ap-southeast-1', ['apac', 'global']],
    ['ap-south-1', ['in', 'apac', 'global']],
    ['sa-east-1', ['global']],
  ])('of %s are its own first, and the global ones last', (region, geographies) => {
    expect(geographiesOf(region)).toEqual(geographies);
  });
});
