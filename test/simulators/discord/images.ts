/** Width and height of a PNG or GIF, read from its head. Discord tells them for images only. */
export function imageSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength >= 24 && view.getUint32(0) === 0x89_50_4e_47) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (bytes.byteLength >= 10 && view.getUint32(0) === 0x47_49_46_38) return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  return undefined;
}
