// For mongosh, in the database pharma_care_prod:  mongosh --quiet pharma_care_prod delete-advanced-templates.js
// DESTROYS DATA: templates of types that the release before does not know. Apart from reports-rollback.js on purpose: never
// part of an emergency, only after a backup and a person's typed confirmation. A second run deletes nothing more.

const advanced = { reportType: { $in: ['advanced-analytics', 'predictive-insights', 'custom-dashboards'] } };

print(EJSON.stringify({
  deleted: db.reporttemplates.deleteMany(advanced).deletedCount,
  left: db.reporttemplates.countDocuments(advanced),
}));
