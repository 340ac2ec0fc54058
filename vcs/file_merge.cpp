#include "vcs/file_merge.h"

#include "vcs/text_merge.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t text_size_max = 512U
                                      << 20U;  // git's core.bigFileThreshold: binary from there

struct TextMerge {
  Oid id;
  bool is_clean = true;
};

git_merge_file_input input_of(const std::string& content) {
  git_merge_file_input input = GIT_MERGE_FILE_INPUT_INIT;
  input.ptr = content.data();
  input.size = content.size();
  return input;
}

Result<std::string> text_of(ObjectStore& store, const std::optional<Oid>& id) {
  if (!id) return std::string();
  return store.blob(*id);
}

struct Texts {
  const std::string& base;
  const std::string& ours;
  const std::string& theirs;
};
/// The text with markers, which stands for the file in a virtual merge base.
Result<Oid> write_conflict(ObjectStore& store, const Texts& texts, int virtual_depth) {
  const git_merge_file_input ancestor = input_of(texts.base);
  const git_merge_file_input our_side = input_of(texts.ours);
  const git_merge_file_input their_side = input_of(texts.theirs);
  git_merge_file_options options = GIT_MERGE_FILE_OPTIONS_INIT;
  options.our_label = "Temporary merge branch 1";
  options.their_label = "Temporary merge branch 2";
  options.marker_size =
      static_cast<unsigned short>(GIT_MERGE_CONFLICT_MARKER_SIZE + 2 * virtual_depth);
  git_merge_file_result merged{};
  if (const int code = git_merge_file(&merged, &ancestor, &our_side, &their_side, &options);
      code != 0) {
    return git_failure(code, "the content of two files could not be merged");
  }
  Result<Oid> written =
      store.write_blob(std::string(merged.len == 0 ? "" : merged.ptr, merged.len));
  git_merge_file_result_free(&merged);
  return written;
}

/// `base`: nothing for two additions.
Result<TextMerge> merge_content(ObjectStore& store, const std::optional<Oid>& base, const Oid& ours,
                                const Oid& theirs, int virtual_depth) {
  const TextMerge stand_in{.id = virtual_depth > 0 && base ? *base : ours, .is_clean = false};
  for (const auto& id : {base, std::optional(ours), std::optional(theirs)}) {
    if (!id) continue;
    MERGEQ_TRY(const std::size_t size, store.blob_size(*id));
    if (size > text_size_max) return stand_in;
  }
  MERGEQ_TRY(const std::string base_text, text_of(store, base));
  MERGEQ_TRY(const std::string our_text, store.blob(ours));
  MERGEQ_TRY(const std::string their_text, store.blob(theirs));
  if (is_binary(base_text) || is_binary(our_text) || is_binary(their_text)) return stand_in;

  if (std::optional<std::string> merged = merge_text(base_text, our_text, their_text)) {
    MERGEQ_TRY(const Oid id, store.write_blob(std::move(*merged)));
    return TextMerge{.id = id};
  }
  if (virtual_depth == 0) return stand_in;
  MERGEQ_TRY(const Oid id, write_conflict(store, {base_text, our_text, their_text}, virtual_depth));
  return TextMerge{.id = id, .is_clean = false};
}

std::uint32_t kind_of(const std::optional<File>& file) { return file ? file->mode & 0170000U : 0; }

/// All of one kind; both sides differ from the base and from each other.
Result<FileMergeResult> merge_same_kind(ObjectStore& store, const ThreeFiles& files,
                                        int virtual_depth) {
  const File& ours = *files.ours;
  const File& theirs = *files.theirs;
  const std::uint32_t base_mode = files.base ? files.base->mode : 0;
  const std::optional<Oid> base_id = files.base ? std::optional(files.base->id) : std::nullopt;
  FileMergeResult result{.file = ours};
  if (ours.mode == theirs.mode || ours.mode == base_mode) {
    result.file->mode = theirs.mode;
  } else if (theirs.mode != base_mode) {
    result.is_clean = false;
  }
  if (ours.id == theirs.id || base_id == ours.id) {
    result.file->id = theirs.id;
  } else if (base_id == theirs.id) {
    result.file->id = ours.id;
  } else if (ours.is_regular()) {
    MERGEQ_TRY(const TextMerge text,
               merge_content(store, base_id, ours.id, theirs.id, virtual_depth));
    result.file->id = text.id;
    result.is_clean = result.is_clean && text.is_clean;
  } else {  // symbolic links and submodules have no middle
    result.is_clean = false;
    if (virtual_depth > 0 && base_id) result.file->id = *base_id;
  }
  return result;
}

}  // namespace

Result<FileMergeResult> merge_files(ObjectStore& store, const ThreeFiles& files,
                                    int virtual_depth) {
  const auto& [base, ours, theirs] = files;
  if (ours == theirs || base == theirs) return FileMergeResult{.file = ours};
  if (base == ours) return FileMergeResult{.file = theirs};
  if (!ours || !theirs) {  // deleted here, changed there
    return FileMergeResult{.file = virtual_depth > 0 ? base
                                   : ours            ? ours
                                                     : theirs,
                           .is_clean = false};
  }
  if (kind_of(ours) != kind_of(theirs)) {
    return FileMergeResult{.file = virtual_depth > 0 && base ? base : ours, .is_clean = false};
  }
  ThreeFiles same_kind = files;
  if (kind_of(base) != kind_of(ours)) same_kind.base.reset();
  return merge_same_kind(store, same_kind, virtual_depth);
}

}  // namespace mergeq::vcs
