// machine/texts.h — arguments or variables of a program, as exec(3) takes them.
#pragma once

#include <string>
#include <vector>

namespace jointca::machine {

class Texts {
 public:
  explicit Texts(std::vector<std::string> texts) : texts_(std::move(texts)) {
    pointers_.reserve(texts_.size() + 1);
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  /// Ends with a null pointer.
  [[nodiscard]] char* const* data() const { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

}  // namespace jointca::machine
