#include "vcs/object_store.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace mergeq::vcs {
namespace {

constexpr std::size_t trees_max = 20'000;
constexpr std::size_t links_max = 1'000'000;

/// "<octal mode> <name>\0<20 bytes of id>", again and again.
Result<TreeEntries> parse_tree(const Oid& id, std::string_view content) {
  TreeEntries entries;
  while (!content.empty()) {
    const std::size_t space = content.find(' ');
    const std::size_t end = content.find('\0');
    TreeEntry entry;
    const char* mode_end = content.data() + std::min(space, content.size());
    const auto parsed = std::from_chars(content.data(), mode_end, entry.mode, 8);
    if (end == std::string_view::npos || space > end || content.size() - end <= GIT_OID_RAWSZ ||
        parsed.ec != std::errc() || parsed.ptr != mode_end) {
      return fail(ErrorCode::corrupt, "tree " + id.hex() + " is damaged");
    }
    if ((entry.mode & 0170000U) == 0100000U) {  // old versions of git wrote others too
      entry.mode = (entry.mode & 0100U) != 0 ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
    }
    entry.name = content.substr(space + 1, end - space - 1);
    std::memcpy(entry.id.raw.id, content.data() + end + 1, GIT_OID_RAWSZ);
    content.remove_prefix(end + 1 + GIT_OID_RAWSZ);
    entries.push_back(std::move(entry));
  }
  if (!std::ranges::is_sorted(entries, {}, &TreeEntry::name)) {
    std::ranges::sort(entries, {}, &TreeEntry::name);
  }
  return entries;
}

}  // namespace

Result<> ObjectStore::open() {
  if (memory_ != nullptr) return {};
  git_odb* odb = nullptr;
  if (const int code = git_repository_odb(&odb, repository_); code != 0) {
    return git_failure(code, "the object database cannot be opened");
  }
  odb_.reset(odb);
  MERGEQ_TRY(memory_, MemoryObjects::add_to(odb));
  return {};
}

Result<OdbObjectHandle> ObjectStore::read(const Oid& id, git_object_t type, const char* kind) {
  MERGEQ_DO(open());
  git_odb_object* found = nullptr;
  if (const int code = git_odb_read(&found, odb_.get(), &id.raw); code != 0) {
    return git_failure(code, std::string(kind) + " " + id.hex());
  }
  OdbObjectHandle handle(found);
  if (git_odb_object_type(found) != type) {
    return fail(ErrorCode::corrupt, "object " + id.hex() + " is no " + kind);
  }
  return handle;
}

Result<std::shared_ptr<const TreeEntries>> ObjectStore::tree(const Oid& id) {
  if (const auto known = trees_.find(id); known != trees_.end()) return known->second;
  MERGEQ_TRY(const OdbObjectHandle object, read(id, GIT_OBJECT_TREE, "tree"));
  MERGEQ_TRY(TreeEntries parsed,
             parse_tree(id, {static_cast<const char*>(git_odb_object_data(object.get())),
                             git_odb_object_size(object.get())}));
  auto entries = std::make_shared<const TreeEntries>(std::move(parsed));
  if (trees_.size() >= trees_max) trees_.clear();
  trees_.emplace(id, entries);
  return entries;
}

Result<std::shared_ptr<const TreeEntries>> ObjectStore::tree(const std::optional<Oid>& id) {
  static const auto nothing = std::make_shared<const TreeEntries>();
  if (id) return tree(*id);
  return nothing;
}

Result<std::optional<TreeEntry>> ObjectStore::entry(const std::optional<Oid>& root,
                                                    std::string_view path) {
  std::optional<Oid> directory = root;
  while (true) {
    MERGEQ_TRY(const auto entries, tree(directory));
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    const auto found = std::ranges::lower_bound(
        *entries, name, {}, [](const TreeEntry& entry) { return std::string_view(entry.name); });
    if (found == entries->end() || found->name != name) return std::nullopt;
    if (slash == std::string_view::npos) return *found;
    if (!found->is_tree()) return std::nullopt;
    directory = found->id;
    path.remove_prefix(slash + 1);
  }
}

Result<std::shared_ptr<const ObjectStore::CommitLinks>> ObjectStore::links(const Oid& id) {
  if (const auto known = links_.find(id); known != links_.end()) return known->second;
  MERGEQ_TRY(const CommitHandle found, commit(id));
  CommitLinks links{.time = git_commit_time(found.get()),
                    .tree = Oid{*git_commit_tree_id(found.get())},
                    .parents = {}};
  for (unsigned i = 0; i < git_commit_parentcount(found.get()); ++i) {
    links.parents.push_back(Oid{*git_commit_parent_id(found.get(), i)});
  }
  if (links_.size() >= links_max) links_.clear();
  return links_.emplace(id, std::make_shared<const CommitLinks>(std::move(links))).first->second;
}

Result<std::string> ObjectStore::blob(const Oid& id) {
  MERGEQ_TRY(const OdbObjectHandle object, read(id, GIT_OBJECT_BLOB, "blob"));
  return std::string(static_cast<const char*>(git_odb_object_data(object.get())),
                     git_odb_object_size(object.get()));
}

Result<std::size_t> ObjectStore::blob_size(const Oid& id) {
  MERGEQ_DO(open());
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  if (const int code = git_odb_read_header(&size, &type, odb_.get(), &id.raw); code != 0) {
    return git_failure(code, "blob " + id.hex());
  }
  return size;
}

Result<Oid> ObjectStore::write(git_object_t type, std::string content) {
  MERGEQ_DO(open());
  return memory_->add(type, std::move(content));
}

std::string tree_content(TreeEntries entries) {
  // Git sorts a directory as if its name ended in a slash.
  const auto is_before = [](const TreeEntry& a, const TreeEntry& b) {
    const std::size_t common = std::min(a.name.size(), b.name.size());
    if (const int order = std::memcmp(a.name.data(), b.name.data(), common); order != 0) {
      return order < 0;
    }
    const auto next = [&](const TreeEntry& entry) {
      if (entry.name.size() > common) return static_cast<unsigned char>(entry.name[common]);
      return static_cast<unsigned char>(entry.is_tree() ? '/' : '\0');
    };
    return next(a) < next(b);
  };
  std::ranges::sort(entries, is_before);
  std::string content;
  for (const TreeEntry& entry : entries) {
    char mode[16];
    const auto end = std::to_chars(mode, mode + sizeof mode, entry.mode, 8).ptr;
    content.append(mode, end).append(1, ' ').append(entry.name).append(1, '\0');
    content.append(reinterpret_cast<const char*>(entry.id.raw.id), GIT_OID_RAWSZ);
  }
  return content;
}

Result<Oid> ObjectStore::write_tree(TreeEntries entries) {
  return write(GIT_OBJECT_TREE, tree_content(std::move(entries)));
}

Result<> ObjectStore::persist(const Oid& id) {
  MERGEQ_DO(open());
  if (!disk_) {
    git_buf path = GIT_BUF_INIT;
    int code = git_repository_item_path(&path, repository_, GIT_REPOSITORY_ITEM_OBJECTS);
    git_odb* disk = nullptr;
    if (code == 0) code = git_odb_open(&disk, path.ptr);
    git_buf_dispose(&path);
    if (code != 0) return git_failure(code, "the object database cannot be opened");
    disk_.reset(disk);
  }
  return memory_->persist(id, disk_.get());
}

void ObjectStore::forget_old_objects() {
  if (memory_ != nullptr) memory_->forget_old();
}

Result<CommitHandle> ObjectStore::commit(const Oid& id) {
  git_commit* found = nullptr;
  if (const int code = git_commit_lookup(&found, repository_, &id.raw); code != 0) {
    return git_failure(code, "commit " + id.hex());
  }
  return CommitHandle(found);
}

Result<CommitHandle> ObjectStore::commit(const CommitId& id) {
  const std::optional<Oid> oid = parse_oid(id.hex);
  if (!oid) return fail(ErrorCode::invalid, "expected a commit id of 40 hexadecimal digits");
  return commit(*oid);
}

}  // namespace mergeq::vcs
