// Images and documents: what the bytes really are, and whether Converse takes them.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
import { isUtf8 } from 'node:buffer';
import { refuse, refuseByModel } from './bedrock-errors.ts';
import type { ResolvedModel } from './bedrock-models.ts';
import type { ConverseBody, WireDocument, WireImage } from './bedrock-types.ts';

/** 3.75 MiB of image are 5 MiB of base64, and that is what is measured. */
const MAX_IMAGE_BASE64 = 5 * 1024 * 1024;
const MAX_IMAGE_PIXELS = 8000;
const MANY_IMAGES = 20;
const MANY_IMAGES_PIXELS = 2000;
const MAX_DOCUMENTS = 5;
const MAX_DOCUMENT_BYTES = 4.5 * 1024 * 1024;

export type ImageFacts = { readonly format: string; readonly width: number; readonly height: number };

type Placed<T> = { readonly media: T; readonly place: string };

/** A tool's result may hold images and documents too. */
function collect(body: ConverseBody): { images: Placed<WireImage>[]; documents: Placed<WireDocument>[] } {
  const images: Placed<WireImage>[] = [];
  const documents: Placed<WireDocument>[] = [];
  const add = (block: { readonly image?: WireImage; readonly document?: WireDocument }, place: string): void => {
    if (block.image !== undefined) images.push({ media: block.image, place });
    if (block.document !== undefined) documents.push({ media: block.document, place });
  };
  for (const [index, message] of body.messages.entries()) {
    for (const [position, block] of message.content.entries()) {
      const place = `messages.${index}.content.${position}`;
      add(block, place);
      for (const [inner, part] of (block.toolResult?.content ?? []).entries()) {
        add(part, `${place}.toolResult.content.${inner}`);
      }
    }
  }
  return { images, documents };
}

/** What Converse itself refuses, before the model sees the request. */
export function checkDocuments(body: ConverseBody, model: ResolvedModel): void {
  const { documents } = collect(body);
  if (documents.length > MAX_DOCUMENTS) refuse("You can't include more than 5 documents in a request.");
  checkNames(documents.map(({ media }) => media.name));
  for (const { media, place } of documents) checkDocument(media, place, model);
  for (const { content } of body.messages) {
    if (content.some((block) => block.document !== undefined) && content.every((block) => block.text === undefined)) {
      refuse('A text block must be included when using documents.');
    }
  }
}

// Underscores are not in the documented list, but the live service takes them; of whitespace it takes the space.
const DOCUMENT_NAME = /^[a-zA-Z0-9\-()[\]_ ]+$/;

function checkNames(names: readonly string[]): void {
  for (const name of names) {
    if (!DOCUMENT_NAME.test(name) || name.includes('  ')) {
      refuse(
        'The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, ' +
          "and square brackets. The name can't contain more than one consecutive whitespace character.",
      );
    }
  }
  if (new Set(names).size < names.length) {
    refuse("Messages can't contain duplicate document names. Rename the document and retry your request.");
  }
}

function checkDocument({ format, source, citations }: WireDocument, place: string, model: ResolvedModel): void {
  if (source.s3Location !== undefined && !model.s3Sources) refuseByModel(`${place}.document.source.type: Field required`);
  if (source.bytes === undefined) {
    if (source.s3Location !== undefined || citations?.enabled === true) return;
    refuse(`DocumentSource object at ${place}.document.source must set one of the following keys: bytes, s3Location.`);
  }
  if (format === undefined) refuse(`The format field in the DocumentBlock object at ${place}.document is required.`);
  const bytes = Buffer.from(source.bytes, 'base64');
  if (bytes.length > MAX_DOCUMENT_BYTES && !model.largeDocumentFormats.includes(format)) {
    refuse('The document exceeds the maximum document size of 4.5 MB. Reduce the size of the document and try again.');
  }
  if (!holds(format, bytes)) refuseUnreadable(format, place);
}

function refuseUnreadable(format: string, place: string): never {
  if (format === 'pdf') refuseByModel(`${place}.pdf.source.base64.data: The PDF specified was not valid.`);
  return refuseByModel(
    `${place}.source.bytes: The document source bytes could not be parsed as the specified format. If using a text-based ` +
      'format, try source.text instead of source.bytes.',
  );
}

const ZIP = Buffer.from('PK\u0003\u0004', 'latin1');
const COMPOUND_FILE = Buffer.from('d0cf11e0a1b11ae1', 'hex');

function holds(format: string, bytes: Buffer): boolean {
  if (format === 'pdf') return bytes.subarray(0, 1024).includes('%PDF-');
  if (format === 'docx' || format === 'xlsx') return startsWith(bytes, ZIP);
  if (format === 'doc' || format === 'xls') return startsWith(bytes, COMPOUND_FILE);
  return isUtf8(bytes);
}

/** What the model refuses. */
export function checkImages(body: ConverseBody, model: ResolvedModel): void {
  const { images, documents } = collect(body);
  if (images.length > model.maxImages) {
    // What serves open models has words of its own. https://github.com/vllm-project/vllm/issues/17092
    if (model.family === 'other') refuseByModel(`At most ${model.maxImages} image(s) may be provided in one request.`);
    refuseByModel(`messages: too many images and documents: ${images.length} + ${documents.length} > ${model.maxImages}`);
  }
  for (const { media, place } of images) checkImage(media, place, images.length, model);
}

function checkImage({ format, source }: WireImage, place: string, count: number, model: ResolvedModel): void {
  if (source.bytes === undefined) {
    if (!model.s3Sources) refuseByModel(`${place}.image.source.type: Field required`);
    return;
  }
  if (source.bytes.length > MAX_IMAGE_BASE64) {
    const excess = `${source.bytes.length} bytes > ${MAX_IMAGE_BASE64} bytes`;
    refuseByModel(`${place}.image.source.bytes: image exceeds 5 MB maximum: ${excess}`);
  }
  const facts = readImage(Buffer.from(source.bytes, 'base64'));
  if (facts === undefined) return refuseByModel(`${place}.image.source.base64: Could not process image`);
  if (facts.format !== format) refuseFormat(format, facts.format, place, model);
  const longest = Math.max(facts.width, facts.height);
  if (longest > MAX_IMAGE_PIXELS) refuseSize(place, `${MAX_IMAGE_PIXELS} pixels`);
  if (count > MANY_IMAGES && longest > MANY_IMAGES_PIXELS) {
    refuseSize(place, `for many-image requests: ${MANY_IMAGES_PIXELS} pixels`);
  }
}

function refuseFormat(declared: string, real: string, place: string, { family }: ResolvedModel): never {
  if (family !== 'claude') refuseByModel('The provided image does not match the specified image format.');
  return refuseByModel(
    `${place}.image.source.base64: The image was specified using the image/${declared} media type, but the image appears ` +
      `to be a image/${real} image`,
  );
}

function refuseSize(place: string, limit: string): never {
  const colon = limit.startsWith('for') ? '' : ':';
  const fault = 'At least one of the image dimensions exceed max allowed size';
  return refuseByModel(`${place}.image.source.base64.data: ${fault}${colon} ${limit}`);
}

function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

/** Format and size in pixels as the file's own header says, or nothing if it is no image that Converse takes. */
export function readImage(bytes: Buffer): ImageFacts | undefined {
  try {
    return readPng(bytes) ?? readJpeg(bytes) ?? readGif(bytes) ?? readWebp(bytes);
  } catch {
    return undefined; // cut off inside its header
  }
}

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

function readPng(bytes: Buffer): ImageFacts | undefined {
  if (!startsWith(bytes, PNG)) return undefined;
  return { format: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** Walks the segments to the first start-of-frame (C0 to CF, without the tables C4, C8 and CC). */
function readJpeg(bytes: Buffer): ImageFacts | undefined {
  if (bytes.length < 3 || bytes.readUIntBE(0, 3) !== 0xffd8ff) return undefined;
  for (let at = 2; ; at += 2 + bytes.readUInt16BE(at + 2)) {
    while (bytes.readUInt8(at + 1) === 0xff) at += 1;
    const marker = bytes.readUInt8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { format: 'jpeg', width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    }
  }
}

function readGif(bytes: Buffer): ImageFacts | undefined {
  if (!/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) return undefined;
  return { format: 'gif', width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
}

// https://developers.google.com/speed/webp/docs/riff_container
function readWebp(bytes: Buffer): ImageFacts | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP') return undefined;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { format: 'webp', width: 1 + bytes.readUIntLE(24, 3), height: 1 + bytes.readUIntLE(27, 3) };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { format: 'webp', width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    case 'VP8 ':
      return { format: 'webp', width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    default:
      return undefined;
  }
}
