export { Buffer, Buffer as default } from "buffer/";
