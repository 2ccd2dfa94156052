import { describe, expect, it } from 'vitest';
import { mostImagesAfter } from '../../src/bedrock/too-many-images.ts';
import { toFailure } from '../../src/bedrock/to-failure.ts';
import type { Prompt } from '../../src/conversation/prompt.ts';

const promptWith = (images: number): Prompt => ({
  system: [],
  turns: [{ role: 'user', content: [{ text: 'look' }, ...Array.from({ length: images }, () => ({ image: { format: 'png', source: { bytes: new Uint8Array(1) } } }) as const)] }],
});

const failureOf = (message: string, images: number) =>
  toFailure(Object.assign(new Error(message), { name: 'ValidationException' }), { modelId: 'test.model', region: 'us-east-1', hasBegun: false, prompt: promptWith(images) });

describe('a refusal of too many images', () => {
  it.each([
    ['messages: too many images and documents: 21 + 0 > 20', 21, 20],
    ['The model returned the following errors: messages: too many images and documents: 9 + 3 > 10', 9, 7],
    ['At most 5 image(s) may be provided in one request.', 12, 5],
    ['At most 1 image(s) may be provided in one prompt.', 3, 1],
    ['Too many images in request: 11 images provided, but the model supports a maximum of 10 images.', 11, 10],
    ['request contains 14 images, exceeding the maximum of 8 allowed per request', 14, 8],
    ['The number of images in the request exceeds the limit of 8.', 9, 8],
    ['You have exceeded the maximum number of images: 4.', 6, 4],
    ['This model supports up to 3 images.', 4, 3],
    ['Only one image is supported per conversation.', 4, 1],
    ['Multiple images are not supported by this model.', 2, 1],
    // No number: half of them.
    ['The model returned the following errors: messages: too many images: image_count', 20, 10],
    ['Too many images.', 3, 1],
    // One that is no limit of this request.
    ['Error 400: too many images', 6, 3],
  ])('"%s" with %i leaves %i', (message, sent, most) => {
    expect(mostImagesAfter(message, promptWith(sent))).toBe(most);
    expect(failureOf(message, sent)).toMatchObject({ kind: 'file-refused', mostImages: most });
  });

  it('leaves none to try where one was sent', () => {
    expect(failureOf('messages: too many images and documents: 1 + 0 > 0', 1)).toMatchObject({ kind: 'file-refused', mostImages: undefined });
  });

  it.each([
    ['At least one of the image dimensions exceed max allowed size for many-image requests: 2000 pixels'],
    ['messages.0.content.3.image.source.bytes: image exceeds 5 MB maximum: 6000000 bytes > 5242880 bytes'],
    ['messages.0.content.1.image.source.base64: Could not process image'],
    ['The provided image does not match the specified image format.'],
    ['Input is too long for requested model.'],
    ['Too many requests, please wait before trying again.'],
    ["You can't include more than 5 documents in a request."],
  ])('is not "%s"', (message) => {
    expect(mostImagesAfter(message, promptWith(4))).toBeUndefined();
  });
});
