/** nabla/text: tokenizers of files, by the library @huggingface/tokenizers. Importing it lets model files find them. */
import "../ops/index.ts"; // what is encoded are tensors, with their methods

export { decodeTokenizer, type EncodeOptions, readTokenizer, SubwordTokenizer, type TokenizerOptions } from "./subword.ts";
