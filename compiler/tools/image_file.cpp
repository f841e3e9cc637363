// Takes an ELF file apart and puts it together again.
#include "compiler/tools/image_file.h"

#include <algorithm>
#include <map>

#include <llvm/BinaryFormat/ELF.h>

namespace norman::tools {
namespace {

using FileHeader = llvm::ELF::Elf64_Ehdr;
using SectionHeader = llvm::ELF::Elf64_Shdr;

template <typename T>
T readAs(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <typename T>
std::string bytesOf(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

bool hasContents(const SectionHeader& header) { return header.sh_type != llvm::ELF::SHT_NULL && header.sh_type != llvm::ELF::SHT_NOBITS; }

}  // namespace

// runtime/core has looked at the places of the section headers, of their names and of the sections with records only. What
// leaves the file, or can only be there because sections overlap, is left out.
ImageFile::ImageFile(std::string_view bytes) : header_(bytes.substr(0, sizeof(FileHeader))) {
  const auto file = readAs<FileHeader>(bytes, 0);
  names_ = file.e_shstrndx;
  const auto header = [&](std::size_t i) { return readAs<SectionHeader>(bytes, file.e_shoff + i * sizeof(SectionHeader)); };
  const std::string_view names = bytes.substr(header(names_).sh_offset, header(names_).sh_size);
  std::size_t left = bytes.size();
  for (std::size_t i = 0; i < file.e_shnum; ++i) {
    const SectionHeader of = header(i);
    Section section{.name = names.substr(of.sh_name).data(), .header = bytesOf(of), .contents = {}};
    if (hasContents(of) && of.sh_offset <= bytes.size() && of.sh_size <= std::min(left, bytes.size() - of.sh_offset)) {
      section.contents = bytes.substr(of.sh_offset, of.sh_size);
      left -= of.sh_size;
    }
    sections_.push_back(std::move(section));
  }
}

std::string_view ImageFile::section(std::string_view name) const {
  const auto found = std::ranges::find(sections_, name, &Section::name);
  return found == sections_.end() ? std::string_view() : found->contents;
}

void ImageFile::setSection(std::string_view name, std::string contents) {
  const auto found = std::ranges::find(sections_, name, &Section::name);
  if (found != sections_.end()) {
    found->contents = std::move(contents);
    return;
  }
  SectionHeader header{};
  header.sh_type = llvm::ELF::SHT_PROGBITS;
  header.sh_flags = llvm::ELF::SHF_ALLOC;
  header.sh_addralign = 8;
  header.sh_name = static_cast<uint32_t>(sections_[names_].contents.size());
  sections_[names_].contents.append(name).push_back('\0');
  sections_.push_back({std::string(name), bytesOf(header), std::move(contents)});
}

std::string ImageFile::bytes() const {
  std::string out = header_;
  std::vector<SectionHeader> headers;
  for (const Section& section : sections_) {
    auto header = readAs<SectionHeader>(section.header, 0);
    if (header.sh_type != llvm::ELF::SHT_NULL) {
      out.resize(out.size() + (-out.size() & 7));  // no record needs more
      header.sh_offset = out.size();
      if (hasContents(header)) header.sh_size = section.contents.size();
      out += section.contents;
    }
    headers.push_back(header);
  }
  out.resize(out.size() + (-out.size() & 7));
  auto file = readAs<FileHeader>(header_, 0);
  file.e_shoff = out.size();
  file.e_shnum = static_cast<uint16_t>(headers.size());
  out.replace(0, sizeof file, bytesOf(file));
  for (const SectionHeader& header : headers) out += bytesOf(header);
  return out;
}

}  // namespace norman::tools
