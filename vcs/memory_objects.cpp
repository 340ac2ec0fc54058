#include "vcs/memory_objects.h"

#include <cstring>
#include <vector>

namespace mergeq::vcs {
namespace {

constexpr std::size_t young_bytes_max = 64U << 20U;
constexpr std::size_t bytes_of_an_entry = 160;  // what the map itself takes, about

/// Trees and blobs of a tree, tree and parents of a commit. Submodules are in no object database.
void add_children(const MemoryObjects::Object& object, std::vector<Oid>& children) {
  const std::string_view content = object.content;
  if (object.type == GIT_OBJECT_COMMIT) {
    std::size_t at = 0;
    while (content.substr(at).starts_with("tree ") || content.substr(at).starts_with("parent ")) {
      const std::size_t id = content.find(' ', at) + 1;
      if (const auto oid = parse_oid(content.substr(id, GIT_OID_HEXSZ))) children.push_back(*oid);
      at = content.find('\n', at) + 1;
    }
  } else if (object.type == GIT_OBJECT_TREE) {
    for (std::size_t at = 0; at < content.size();) {
      const std::size_t id = content.find('\0', at) + 1;
      if (!content.substr(at).starts_with("160000 ")) {
        std::memcpy(children.emplace_back().raw.id, content.data() + id, GIT_OID_RAWSZ);
      }
      at = id + GIT_OID_RAWSZ;
    }
  }
}

}  // namespace

MemoryObjects::MemoryObjects() : git_odb_backend(GIT_ODB_BACKEND_INIT) {
  git_odb_backend::read = &MemoryObjects::read;
  git_odb_backend::read_header = &MemoryObjects::read_header;
  git_odb_backend::exists = &MemoryObjects::exists;
  git_odb_backend::write = &MemoryObjects::write;
  git_odb_backend::free = [](git_odb_backend* backend) {
    delete static_cast<MemoryObjects*>(backend);
  };
}

Result<MemoryObjects*> MemoryObjects::add_to(git_odb* odb) {
  constexpr int before_all = 1'000;
  auto* made = new MemoryObjects();  // freed by the object database
  if (const int code = git_odb_add_backend(odb, made, before_all); code != 0) {
    delete made;
    return git_failure(code, "the object database takes no objects in memory");
  }
  return made;
}

Result<Oid> MemoryObjects::add(git_object_t type, std::string content) {
  Oid id;
  if (const int code = git_odb_hash(&id.raw, content.data(), content.size(), type); code != 0) {
    return git_failure(code, "an object could not be hashed");
  }
  const std::size_t bytes = content.size() + bytes_of_an_entry;
  if (young_.try_emplace(id, type, std::move(content)).second) young_bytes_ += bytes;
  return id;
}

const MemoryObjects::Object* MemoryObjects::find(const git_oid& id) const {
  for (const Objects* objects : {&young_, &old_}) {
    if (const auto found = objects->find(Oid{id}); found != objects->end()) return &found->second;
  }
  return nullptr;
}

void MemoryObjects::forget_old() {
  if (young_bytes_ < young_bytes_max) return;
  old_ = std::move(young_);
  young_ = {};
  young_bytes_ = 0;
}

Result<> MemoryObjects::persist(const Oid& root, git_odb* disk) {
  struct Visit {
    Oid id;
    bool are_children_written = false;
  };
  std::vector<Visit> open{{root}};
  std::unordered_map<Oid, bool, OidHash> seen;
  std::vector<Oid> children;
  while (!open.empty()) {
    const Visit visit = open.back();
    open.pop_back();
    const Object* object = find(visit.id.raw);
    if (object == nullptr) continue;  // on disk, with all that it reaches
    if (!visit.are_children_written) {
      if (!seen.try_emplace(visit.id, true).second) continue;
      open.push_back({visit.id, true});
      children.clear();
      add_children(*object, children);
      for (const Oid& child : children) open.push_back({child});
      continue;
    }
    Oid written;
    const int code = git_odb_write(&written.raw, disk, object->content.data(),
                                   object->content.size(), object->type);
    if (code != 0) return git_failure(code, "object " + visit.id.hex() + " could not be written");
  }
  return {};
}

const MemoryObjects::Object* MemoryObjects::find(const git_odb_backend* backend,
                                                 const git_oid& id) {
  return static_cast<const MemoryObjects*>(backend)->find(id);
}

int MemoryObjects::read(void** data, std::size_t* size, git_object_t* type,
                        git_odb_backend* backend, const git_oid* id) {
  const Object* object = find(backend, *id);
  if (object == nullptr) return GIT_ENOTFOUND;
  void* copy = git_odb_backend_data_alloc(backend, object->content.size() + 1);
  if (copy == nullptr) return GIT_ERROR;
  std::memcpy(copy, object->content.c_str(), object->content.size() + 1);
  *data = copy;
  *size = object->content.size();
  *type = object->type;
  return GIT_OK;
}

int MemoryObjects::read_header(std::size_t* size, git_object_t* type, git_odb_backend* backend,
                               const git_oid* id) {
  const Object* object = find(backend, *id);
  if (object == nullptr) return GIT_ENOTFOUND;
  *size = object->content.size();
  *type = object->type;
  return GIT_OK;
}

int MemoryObjects::exists(git_odb_backend* backend, const git_oid* id) {
  return find(backend, *id) != nullptr ? 1 : 0;
}

int MemoryObjects::write(git_odb_backend* backend, const git_oid*, const void* data,
                         std::size_t size, git_object_t type) {
  const auto added = static_cast<MemoryObjects*>(backend)->add(
      type, std::string(static_cast<const char*>(data), size));
  return added ? GIT_OK : GIT_ERROR;
}

}  // namespace mergeq::vcs
