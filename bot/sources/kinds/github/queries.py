"""What GitHub is asked by GraphQL, since REST knows no discussions; named as REST and webhooks name the same.

A query costs by how much it could return (https://docs.github.com/graphql/overview/rate-limits-and-query-limits): a
page of discussions costs three points of the 5,000 an hour.
"""

_WHO = """
fragment who on Actor {
  login type: __typename html_url: url avatar_url: avatarUrl
  ... on User { id: databaseId } ... on Bot { id: databaseId }
}
"""
_TOPIC = """
fragment topic on Discussion {
  node_id: id id: databaseId number title locked html_url: url
  body created_at: createdAt updated_at: updatedAt user: author { ...who }
}
"""
_REMARK = """
fragment remark on DiscussionComment {
  node_id: id id: databaseId html_url: url deleted_at: deletedAt
  body created_at: createdAt updated_at: updatedAt user: author { ...who }
  discussion { node_id: id } thread: replyTo { node_id: id html_url: url }
}
"""
_WHOLE = """
fragment whole on Discussion {
  ...topic comments(last: 30) { nodes { ...remark replies(last: 20) { nodes { ...remark } } } }
}
"""
_NAMED = "repository(owner: $owner, name: $name) { visibility"
_NEXT = "pageInfo { endCursor hasNextPage } nodes"
_BY_CHANGE = "orderBy: {field: UPDATED_AT, direction: DESC}"

ME = "query Me { viewer { login } }"
HEARD = (
    f"query Heard($owner: String!, $name: String!, $after: String) {{ {_NAMED}\n"
    f"  discussions(first: 10, after: $after, {_BY_CHANGE}) {{ {_NEXT} {{ ...whole }} }} }} }}"
    f"{_WHO}{_TOPIC}{_REMARK}{_WHOLE}"
)
FOUND = (
    "query Found($query: String!, $after: String) {\n"
    f"  search(type: DISCUSSION, query: $query, first: 50, after: $after) {{ {_NEXT} {{ ...topic }} }} }}"
    f"{_WHO}{_TOPIC}"
)
ONE = (
    f"query One($owner: String!, $name: String!, $number: Int!) {{ {_NAMED}\n"
    f"  discussion(number: $number) {{ ...whole }} }} }}{_WHO}{_TOPIC}{_REMARK}{_WHOLE}"
)
# Numbers of issues and their comments are longer than an Int of GraphQL's: they are known by their addresses.
_ISSUE = """{
  node_id: id number title locked html_url: url
  body created_at: createdAt updated_at: updatedAt user: author { ...who } repository { private: isPrivate }
}
"""
_PAGE = "pageInfo { startCursor hasPreviousPage } nodes"
_COMMENTS = "beside: comments(last: 25, before: $before) { ...comments }"
_REMARKS = "(last: 25, before: $before) { ...remarks }"
# The post that is answered, what it is part of, and a page of what stands where an answer would, from the newest back:
# below the post itself, or below what stands above it. An answer has 2 MiB at most, and a comment may be a log of
# 65,536 characters.
BESIDE = f"""query Beside($node: ID!, $before: String) {{
  post: node(id: $node) {{
    ... on Issue {{ ...issue {_COMMENTS} }}
    ... on PullRequest {{ ...pull {_COMMENTS} }}
    ... on IssueComment {{
      ...comment issue {{ ...issue {_COMMENTS} }} pull: pullRequest {{ ...pull {_COMMENTS} }}
    }}
    ... on Discussion {{ ...topic repository {{ private: isPrivate }} beside: comments{_REMARKS} }}
    ... on DiscussionComment {{
      ...remark discussion {{ ...topic repository {{ private: isPrivate }} }} beside: replies{_REMARKS}
      above: replyTo {{ node_id: id beside: replies{_REMARKS} }}
    }}
  }}
}}
fragment issue on Issue {_ISSUE}
fragment pull on PullRequest {_ISSUE}
fragment comment on IssueComment {{
  node_id: id html_url: url
  body created_at: createdAt updated_at: updatedAt user: author {{ ...who }}
}}
fragment comments on IssueCommentConnection {{ {_PAGE} {{ ...comment }} }}
fragment remarks on DiscussionCommentConnection {{ {_PAGE} {{ ...remark }} }}
{_WHO}{_TOPIC}{_REMARK}"""
ANSWER = f"""mutation Answer($discussionId: ID!, $replyToId: ID, $body: String!) {{
  addDiscussionComment(input: {{discussionId: $discussionId, replyToId: $replyToId, body: $body}}) {{
    comment {{ ...remark }}
  }}
}}
{_WHO}{_REMARK}"""
